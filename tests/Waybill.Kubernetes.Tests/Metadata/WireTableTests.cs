using Waybill.Csi.Tests.Wire;
using Waybill.Kubernetes.Wire;

namespace Waybill.Kubernetes.Tests.Metadata;

/// <summary>Compares what the build makes of our proto file with the published field table of the interface, in both directions.</summary>
public sealed class WireTableTests
{
    [Fact]
    public void Descriptors_AgainstTheTable_AreEqualRowByRow()
    {
        string[] table = WireRows.Read("snapshotmetadata-v1.tsv");
        string[] ours = [.. WireRows.Of(SnapshotmetadataReflection.Descriptor, _ => default)];

        Assert.Equal(24, table.Length);
        Assert.Empty(table.Except(ours).Select(row => $"missing here: {row}"));
        Assert.Empty(ours.Except(table).Select(row => $"not in the table: {row}"));
        Assert.Equal(table.Length, ours.Length);
    }
}
