using Google.Protobuf.Reflection;
using Waybill.Csi.Wire;

namespace Waybill.Csi.Tests.Wire;

/// <summary>Compares what the build makes of our proto file with the published field table of the interface, in both directions.</summary>
public sealed class WireTableTests
{
    [Fact]
    public void Descriptors_AgainstTheTable_AreEqualRowByRow()
    {
        string[] table = WireRows.Read("csi-1.12.tsv");
        string[] ours = [.. WireRows.Of(CsiReflection.Descriptor, Marks)];

        Assert.Empty(table.Except(ours).Select(row => $"missing here: {row}"));
        Assert.Empty(ours.Except(table).Select(row => $"not in the table: {row}"));
        Assert.Equal(table.Length, ours.Length);
    }

    [Fact]
    public void Table_OfThisVersion_HasSecretsAndAlphaParts()
    {
        string[] table = WireRows.Read("csi-1.12.tsv");

        Assert.True(table.Length > 250, $"The table has {table.Length} rows only.");
        Assert.True(table.Count(row => row.EndsWith("secret", StringComparison.Ordinal)) > 15);
        Assert.Contains(table, row => row.EndsWith("\talpha", StringComparison.Ordinal));
    }

    private static WireMarks Marks(IDescriptor descriptor) => descriptor switch
    {
        ServiceDescriptor service => new WireMarks(service.GetOptions()?.GetExtension(CsiExtensions.AlphaService) ?? false),
        MethodDescriptor method => new WireMarks(method.GetOptions()?.GetExtension(CsiExtensions.AlphaMethod) ?? false),
        MessageDescriptor message => new WireMarks(message.GetOptions()?.GetExtension(CsiExtensions.AlphaMessage) ?? false),
        FieldDescriptor field => new WireMarks(
            field.GetOptions()?.GetExtension(CsiExtensions.AlphaField) ?? false, field.GetOptions()?.GetExtension(CsiExtensions.CsiSecret) ?? false),
        EnumDescriptor type => new WireMarks(type.GetOptions()?.GetExtension(CsiExtensions.AlphaEnum) ?? false),
        EnumValueDescriptor value => new WireMarks(value.GetOptions()?.GetExtension(CsiExtensions.AlphaEnumValue) ?? false),
        _ => default,
    };
}
