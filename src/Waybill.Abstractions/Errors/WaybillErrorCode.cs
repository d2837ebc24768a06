namespace Waybill;

/// <summary>Stable numbers of everything that can go wrong; shown as <c>WB1203</c>, each with a page in docs/errors.</summary>
public enum WaybillErrorCode
{
    /// <summary>The bytes are not a Waybill bundle.</summary>
    NotABundle = 1001,

    /// <summary>The bundle has a major version this reader does not know.</summary>
    UnsupportedVersion = 1002,

    /// <summary>The bundle needs a feature this reader does not have.</summary>
    UnsupportedFeature = 1003,

    /// <summary>The bundle ends before its trailer: it was never finished, or it was cut.</summary>
    Incomplete = 1101,

    /// <summary>A preamble, record header or trailer contradicts itself or its place.</summary>
    FramingInvalid = 1102,

    /// <summary>Records stand in an order the format does not allow.</summary>
    RecordOutOfOrder = 1103,

    /// <summary>A number is above its limit.</summary>
    LimitExceeded = 1104,

    /// <summary>The payload of a record does not match its checksum.</summary>
    RecordDamaged = 1105,

    /// <summary>A message is not valid protobuf of the strict subset.</summary>
    EncodingInvalid = 1201,

    /// <summary>Manifest, prologue and streams disagree, or a value in them is not allowed.</summary>
    ManifestInvalid = 1202,

    /// <summary>Content does not match its digest or root.</summary>
    DigestMismatch = 1203,

    /// <summary>Leaves do not tile their stream, or the index does not match them.</summary>
    LeavesInvalid = 1204,

    /// <summary>Content is expressed in a way the format does not allow although its meaning is clear.</summary>
    NotCanonical = 1205,

    /// <summary>Compressed data cannot be decoded.</summary>
    CodecFailed = 1206,

    /// <summary>An entry of a file tree or of resources is not valid.</summary>
    EntryInvalid = 1207,

    /// <summary>A name would lead out of its directory or cannot be a name.</summary>
    UnsafeName = 1208,

    /// <summary>The bundle this one builds on was not found.</summary>
    ParentMissing = 1301,

    /// <summary>A bundle with the parent's name or id is not the parent.</summary>
    ParentMismatch = 1302,

    /// <summary>A chain of bundles has a cycle or is too long.</summary>
    ChainInvalid = 1303,

    /// <summary>Only a full backup is safe here.</summary>
    IncrementalRefused = 1401,

    /// <summary>A list of changed ranges is not usable.</summary>
    ChangedRangesInvalid = 1402,

    /// <summary>These bundles cannot be merged.</summary>
    MergeRefused = 1403,

    /// <summary>An encoder produced data that does not decode to its input; nothing of it was written.</summary>
    EncoderFailed = 1404,

    /// <summary>There is no such stream in the bundle.</summary>
    StreamNotFound = 1501,

    /// <summary>The range lies outside the stream.</summary>
    RangeOutsideStream = 1502,

    /// <summary>More would be restored than the caller allowed.</summary>
    RestoreBudgetExceeded = 1503,

    /// <summary>What a damaged bundle held there is not known.</summary>
    ContentUnknown = 1504,

    /// <summary>A source could not be read.</summary>
    SourceReadFailed = 1601,

    /// <summary>A target could not be written.</summary>
    TargetWriteFailed = 1602,

    /// <summary>The target exists already and is not overwritten.</summary>
    TargetExists = 1603,

    /// <summary>The target is too small.</summary>
    TargetTooSmall = 1604,

    /// <summary>There is no space left where the output goes.</summary>
    NoSpace = 1605,

    /// <summary>A source changed in a way that makes the copy unusable while it was read.</summary>
    SourceChanged = 1606,

    /// <summary>A resource definition could not be understood.</summary>
    ResourceInvalid = 1607,

    /// <summary>This operating system lacks what the operation needs.</summary>
    PlatformUnsupported = 1608,

    /// <summary>No key at hand opens the bundle.</summary>
    NoMatchingKey = 1701,

    /// <summary>The envelope is not what the writer made.</summary>
    HeaderNotAuthentic = 1702,

    /// <summary>A sealed record does not open.</summary>
    RecordNotAuthentic = 1703,

    /// <summary>The key does not open this part of the bundle.</summary>
    ScopeMissing = 1704,

    /// <summary>A signature does not match the bundle.</summary>
    SignatureInvalid = 1705,

    /// <summary>The bundle is not signed.</summary>
    SignatureMissing = 1706,

    /// <summary>The bundle is signed, but by nobody who is trusted.</summary>
    SignerUntrusted = 1707,

    /// <summary>A key cannot be used.</summary>
    KeyInvalid = 1708,

    /// <summary>A key service did not answer or refused.</summary>
    KeyServiceFailed = 1709,

    /// <summary>The platform has no such volume.</summary>
    VolumeNotFound = 3001,

    /// <summary>The platform has no such snapshot.</summary>
    SnapshotNotFound = 3002,

    /// <summary>Another volume has a snapshot of that name.</summary>
    SnapshotConflict = 3003,

    /// <summary>Changes since that base are not known.</summary>
    ChangeTrackingLost = 3004,

    /// <summary>The platform is busy, or something uses the object.</summary>
    ProviderBusy = 3005,

    /// <summary>The application could not be made consistent.</summary>
    QuiesceFailed = 3006,

    /// <summary>The application could not be let go on, or was let go on too early.</summary>
    ThawFailed = 3007,

    /// <summary>There is a different volume of that name.</summary>
    VolumeConflict = 3008,

    /// <summary>These volumes cannot be taken together in the order of writes.</summary>
    GroupRefused = 3009,

    /// <summary>The platform failed.</summary>
    ProviderFailed = 3010,

    /// <summary>The platform cannot do that.</summary>
    ProviderUnsupported = 3011,

    /// <summary>What the platform reported breaks its contract.</summary>
    DeltaInvalid = 3012,

    /// <summary>A list of changes can no longer be read from.</summary>
    ChangeListExpired = 3013,

    /// <summary>Content changed that the platform said did not.</summary>
    ChangeMissed = 3014,

    /// <summary>The consistency that was asked for was not reached.</summary>
    ConsistencyTooLow = 3015,

    /// <summary>There is no provider, or no application, of that name.</summary>
    NotConfigured = 3101,

    /// <summary>The configuration cannot be used.</summary>
    ConfigurationInvalid = 3102,

    /// <summary>The ledger, or another record of the engine, cannot be read.</summary>
    LedgerDamaged = 3103,

    /// <summary>Another run works on the same application.</summary>
    RunInProgress = 3104,

    /// <summary>The platform has no such node.</summary>
    NodeNotFound = 3201,

    /// <summary>There is no usable way to the cluster: kubeconfig, context or identity.</summary>
    ClusterConfigInvalid = 3301,

    /// <summary>The cluster does not answer.</summary>
    ClusterUnreachable = 3302,

    /// <summary>The cluster does not accept the credentials, or does not allow what was asked.</summary>
    ClusterRefused = 3303,

    /// <summary>The cluster answers with an error of its own.</summary>
    ClusterFailed = 3304,

    /// <summary>The cluster has no such application.</summary>
    ApplicationNotFound = 3305,

    /// <summary>The cluster serves no such kind.</summary>
    KindNotServed = 3306,

    /// <summary>The cluster has no such object.</summary>
    ObjectNotFound = 3307,

    /// <summary>The cluster rejects an object.</summary>
    ObjectRejected = 3308,

    /// <summary>An object exists already and is not touched.</summary>
    ObjectExists = 3309,

    /// <summary>A change that objects are to undergo on their way is not possible.</summary>
    TransformInvalid = 3310,

    /// <summary>The catalog is not there, or cannot be used.</summary>
    CatalogUnavailable = 3401,

    /// <summary>The file of the catalog is damaged.</summary>
    CatalogDamaged = 3402,

    /// <summary>The catalog was made by a later version.</summary>
    CatalogTooNew = 3403,

    /// <summary>The catalog knows nothing of that name.</summary>
    NameNotFound = 3404,

    /// <summary>Several applications have that name.</summary>
    NameAmbiguous = 3405,
}
