using Waybill.Bundles.Format;

namespace Waybill.Bundles.Sealing;

/// <summary>Which key seals a record, spec 15.4. The values are the bits of <see cref="KeyScopes"/>.</summary>
internal enum SealScope : byte
{
    Meta = 1,
    Data = 2,
    Secret = 4,
}

/// <summary>The table of scopes, spec 15.1.</summary>
internal static class SealScopes
{
    /// <summary>Gets the scope of the chunks, runs and tiles of a stream.</summary>
    public static SealScope Of(StreamKind kind) => kind switch
    {
        StreamKind.FileMeta or StreamKind.Resources => SealScope.Meta,
        StreamKind.Secrets => SealScope.Secret,
        _ => SealScope.Data,
    };

    /// <summary>Refuses a record of a stream's content that is sealed for another scope than the stream's kind demands (E-11).</summary>
    public static void Check(SealPrefix? opened, RecordType type, StreamKind kind, long place)
    {
        if (opened is { } prefix && DependsOnStream(type) && prefix.Scope != Of(kind))
        {
            throw new BundleFormatException(WaybillErrorCode.RecordNotAuthentic, $"A {type} record is sealed for another scope than its stream's") { Offset = place };
        }
    }

    /// <summary>Whether a record belongs to the content of a stream, so that its scope depends on the stream's kind.</summary>
    public static bool DependsOnStream(RecordType type) => type is RecordType.Chunk or RecordType.Runs or RecordType.Tile;
}
