using Google.Protobuf.Reflection;
using Waybill.Csi.Wire;

namespace Waybill.Csi.Tests.Wire;

/// <summary>Compares what the build makes of our proto file with the published field table of the interface, in both directions.</summary>
public sealed class WireTableTests
{
    private static FileDescriptor File => CsiReflection.Descriptor;

    [Fact]
    public void Descriptors_AgainstTheTable_AreEqualRowByRow()
    {
        string[] table = ReadTable();
        string[] ours = [.. Rows()];

        Assert.Empty(table.Except(ours).Select(row => $"missing here: {row}"));
        Assert.Empty(ours.Except(table).Select(row => $"not in the table: {row}"));
        Assert.Equal(table.Length, ours.Length);
    }

    [Fact]
    public void Table_OfThisVersion_HasSecretsAndAlphaParts()
    {
        string[] table = ReadTable();

        Assert.True(table.Length > 250, $"The table has {table.Length} rows only.");
        Assert.True(table.Count(row => row.EndsWith("secret", StringComparison.Ordinal)) > 15);
        Assert.Contains(table, row => row.EndsWith("\talpha", StringComparison.Ordinal));
    }

    private static string[] ReadTable()
    {
        using Stream stream = typeof(WireTableTests).Assembly.GetManifestResourceStream("csi-1.12.tsv")!;
        using var reader = new StreamReader(stream);
        return [.. reader.ReadToEnd().Split('\n', StringSplitOptions.RemoveEmptyEntries).Skip(1)];
    }

    private static IEnumerable<string> Rows()
    {
        foreach (ServiceDescriptor service in File.Services)
        {
            bool isAlphaService = service.GetOptions()?.GetExtension(CsiExtensions.AlphaService) ?? false;
            foreach (MethodDescriptor method in service.Methods)
            {
                bool isAlpha = isAlphaService || (method.GetOptions()?.GetExtension(CsiExtensions.AlphaMethod) ?? false);
                string type = $"{Stream(method.IsClientStreaming)}{method.InputType.FullName} -> {Stream(method.IsServerStreaming)}{method.OutputType.FullName}";
                yield return Row("rpc", method.FullName, "", type, "", isAlpha, isSecret: false);
            }
        }

        foreach (string row in File.MessageTypes.SelectMany(Rows).Concat(File.EnumTypes.SelectMany(Rows)))
        {
            yield return row;
        }
    }

    private static IEnumerable<string> Rows(MessageDescriptor message)
    {
        if (message.GetOptions()?.MapEntry == true)
        {
            yield break;
        }

        bool isAlpha = message.GetOptions()?.GetExtension(CsiExtensions.AlphaMessage) ?? false;
        if (message.Fields.InFieldNumberOrder().Count == 0)
        {
            yield return Row("message", message.FullName, "", "", "", isAlpha, isSecret: false);
        }

        foreach (FieldDescriptor field in message.Fields.InFieldNumberOrder())
        {
            bool isAlphaField = field.GetOptions()?.GetExtension(CsiExtensions.AlphaField) ?? false;
            bool isSecret = field.GetOptions()?.GetExtension(CsiExtensions.CsiSecret) ?? false;
            string oneof = field.ContainingOneof is { IsSynthetic: false } choice ? choice.Name : "";
            yield return Row("field", field.FullName, $"{field.FieldNumber}", TypeOf(field), oneof, isAlpha || isAlphaField, isSecret);
        }

        foreach (string row in message.NestedTypes.SelectMany(Rows).Concat(message.EnumTypes.SelectMany(Rows)))
        {
            yield return row;
        }
    }

    private static IEnumerable<string> Rows(EnumDescriptor type)
    {
        bool isAlphaType = type.GetOptions()?.GetExtension(CsiExtensions.AlphaEnum) ?? false;
        foreach (EnumValueDescriptor value in type.Values)
        {
            bool isAlpha = isAlphaType || (value.GetOptions()?.GetExtension(CsiExtensions.AlphaEnumValue) ?? false);
            yield return Row("enum", $"{type.FullName}.{value.Name}", $"{value.Number}", "", "", isAlpha, isSecret: false);
        }
    }

    private static string TypeOf(FieldDescriptor field)
    {
        if (field.IsMap)
        {
            return $"map<{TypeOf(field.MessageType.Fields[1])},{TypeOf(field.MessageType.Fields[2])}>";
        }

        string type = field.FieldType switch
        {
            FieldType.Message => field.MessageType.FullName,
            FieldType.Enum => field.EnumType.FullName,
            _ => field.FieldType.ToString().ToLowerInvariant(),
        };
        return field.IsRepeated ? $"repeated {type}" : type;
    }

    private static string Stream(bool isStream) => isStream ? "stream " : "";

    private static string Row(string kind, string name, string number, string type, string oneof, bool isAlpha, bool isSecret) =>
        string.Join('\t', kind, name, number, type, oneof, string.Join(' ', ((string[])[isAlpha ? "alpha" : "", isSecret ? "secret" : ""]).Where(mark => mark.Length > 0)));
}
