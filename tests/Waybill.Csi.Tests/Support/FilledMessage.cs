using System.Collections;
using Google.Protobuf;
using Google.Protobuf.Reflection;
using Waybill.Csi.Wire;

namespace Waybill.Csi.Tests.Support;

/// <summary>Fills every field of a message, at every depth, and says which of the texts it put there are secret.</summary>
internal static class FilledMessage
{
    public const string Secret = "s3cr3t-of-";
    public const string Plain = "plain-";

    public static T Make<T>(MessageDescriptor type, List<string> secrets)
        where T : class, IMessage => (T)Make(type, secrets, isSecret: false, depth: 0);

    public static IEnumerable<MessageDescriptor> AllTypes(IEnumerable<MessageDescriptor> types) =>
        types.Where(type => type.GetOptions()?.MapEntry != true).SelectMany(type => AllTypes(type.NestedTypes).Prepend(type));

    private static IMessage Make(MessageDescriptor type, List<string> secrets, bool isSecret, int depth)
    {
        IMessage message = type.Parser.ParseFrom([]);
        foreach (FieldDescriptor field in type.Fields.InFieldNumberOrder())
        {
            bool secret = isSecret || (field.GetOptions()?.GetExtension(CsiExtensions.CsiSecret) ?? false);
            if (field.IsMap)
            {
                ((IDictionary)field.Accessor.GetValue(message)).Add($"key-{field.Name}", Text(field, secrets, secret));
            }
            else if (field.IsRepeated)
            {
                ((IList)field.Accessor.GetValue(message)).Add(Value(field, secrets, secret, depth)!);
            }
            else if (Value(field, secrets, secret, depth) is { } value)
            {
                field.Accessor.SetValue(message, value);
            }
        }

        return message;
    }

    private static object? Value(FieldDescriptor field, List<string> secrets, bool isSecret, int depth) => field.FieldType switch
    {
        FieldType.String => Text(field, secrets, isSecret),
        FieldType.Int64 => 1L,
        FieldType.Int32 => 1,
        FieldType.Bool => true,
        FieldType.Enum => 1,
        FieldType.Message when field.MessageType.File.Name.StartsWith("google/protobuf/wrappers", StringComparison.Ordinal) =>
            field.MessageType.Name == "BoolValue" ? true : 1L,
        FieldType.Message when depth < 8 => Make(field.MessageType, secrets, isSecret, depth + 1),
        _ => null,
    };

    private static string Text(FieldDescriptor field, List<string> secrets, bool isSecret)
    {
        string text = $"{(isSecret ? Secret : Plain)}{field.Name}";
        if (isSecret)
        {
            secrets.Add(text);
        }

        return text;
    }
}
