namespace Waybill.Bundles.Rewriting;

/// <summary>Tells statements that outlive a rewrite from those that do not, spec 16.1.</summary>
internal static class StatementTypes
{
    private const string Storage = "application/vnd.waybill.storage-statement.v1+protobuf";

    /// <summary>Whether a SIGNATURE record speaks of the stored bytes. What cannot be read speaks of nothing.</summary>
    public static bool IsAboutStorage(ReadOnlySpan<byte> payload) =>
        Format.StrictMessage.Parse(Wire.SignedStatement.Parser, Wire.SignedStatement.Descriptor, payload, 0).PayloadType == Storage;
}
