using Google.Protobuf.Reflection;

namespace Waybill.Csi.Tests.Wire;

/// <summary>What the build makes of a proto file, in the form of the published field tables.</summary>
internal static class WireRows
{
    /// <summary>Reads a table that is embedded in the tests.</summary>
    public static string[] Read(string name)
    {
        using System.IO.Stream stream = typeof(WireRows).Assembly.GetManifestResourceStream(name)!;
        using var reader = new StreamReader(stream);
        return [.. reader.ReadToEnd().Split('\n', StringSplitOptions.RemoveEmptyEntries).Skip(1)];
    }

    /// <summary>Gets the rows of a file.</summary>
    /// <param name="file">What the build made of it.</param>
    /// <param name="marks">Gets the marks that a part of it has itself.</param>
    public static IEnumerable<string> Of(FileDescriptor file, Func<IDescriptor, WireMarks> marks)
    {
        foreach (ServiceDescriptor service in file.Services)
        {
            foreach (MethodDescriptor method in service.Methods)
            {
                string type = $"{Stream(method.IsClientStreaming)}{method.InputType.FullName} -> {Stream(method.IsServerStreaming)}{method.OutputType.FullName}";
                yield return Row("rpc", method.FullName, "", type, "", marks(service).Or(marks(method)));
            }
        }

        foreach (string row in file.MessageTypes.SelectMany(message => Rows(message, marks)).Concat(file.EnumTypes.SelectMany(type => Rows(type, marks))))
        {
            yield return row;
        }
    }

    private static IEnumerable<string> Rows(MessageDescriptor message, Func<IDescriptor, WireMarks> marks)
    {
        if (message.GetOptions()?.MapEntry == true)
        {
            yield break;
        }

        if (message.Fields.InFieldNumberOrder().Count == 0)
        {
            yield return Row("message", message.FullName, "", "", "", marks(message));
        }

        foreach (FieldDescriptor field in message.Fields.InFieldNumberOrder())
        {
            string oneof = field.ContainingOneof is { IsSynthetic: false } choice ? choice.Name : "";
            yield return Row("field", field.FullName, $"{field.FieldNumber}", TypeOf(field), oneof, marks(message).Or(marks(field)));
        }

        foreach (string row in message.NestedTypes.SelectMany(nested => Rows(nested, marks)).Concat(message.EnumTypes.SelectMany(type => Rows(type, marks))))
        {
            yield return row;
        }
    }

    private static IEnumerable<string> Rows(EnumDescriptor type, Func<IDescriptor, WireMarks> marks) =>
        type.Values.Select(value => Row("enum", $"{type.FullName}.{value.Name}", $"{value.Number}", "", "", marks(type).Or(marks(value))));

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

    private static string Row(string kind, string name, string number, string type, string oneof, WireMarks marks) =>
        string.Join('\t', kind, name, number, type, oneof, string.Join(' ', ((string[])[marks.IsAlpha ? "alpha" : "", marks.IsSecret ? "secret" : ""]).Where(mark => mark.Length > 0)));
}

/// <summary>Marks of a row: whether it may still change, and whether it holds a secret.</summary>
internal readonly record struct WireMarks(bool IsAlpha = false, bool IsSecret = false)
{
    public WireMarks Or(WireMarks other) => new(IsAlpha || other.IsAlpha, IsSecret || other.IsSecret);
}
