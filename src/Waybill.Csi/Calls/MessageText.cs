using System.Collections;
using System.Globalization;
using System.Text;
using Google.Protobuf;
using Google.Protobuf.Reflection;

namespace Waybill.Csi;

/// <summary>Shows messages to people, without their secrets.</summary>
internal static class MessageText
{
    private const int MaxLength = 4096;

    private static readonly HashSet<string> s_identifying = new(StringComparer.Ordinal)
    {
        "name", "volume_id", "source_volume_id", "source_volume_ids", "snapshot_id", "snapshot_ids", "base_snapshot_id", "target_snapshot_id", "group_snapshot_id", "node_id",
        "starting_offset", "target_path", "staging_target_path", "volume_path",
    };

    /// <summary>Shows the whole message, cut where it is long.</summary>
    public static string Of(IMessage message)
    {
        var text = new StringBuilder();
        Append(text, message);
        return Cut(text);
    }

    /// <summary>Shows what a call is about: names and nothing else.</summary>
    public static string NamesIn(IMessage message)
    {
        var text = new StringBuilder();
        foreach (FieldDescriptor field in message.Descriptor.Fields.InDeclarationOrder().Where(field => s_identifying.Contains(field.Name) && !FieldFacts.IsSecret(field)))
        {
            object value = field.Accessor.GetValue(message);
            if (value is not (string { Length: 0 } or ICollection { Count: 0 } or 0L))
            {
                text.Append(text.Length == 0 ? "" : " ").Append(field.Name).Append('=');
                Append(text, value);
            }
        }

        return Cut(text);
    }

    private static void Append(StringBuilder text, object value)
    {
        switch (value)
        {
            case IMessage message:
                AppendFields(text, message);
                break;
            case IDictionary map:
                AppendList(text, map.Keys.Cast<object>().Select(key => (Label: $"{key}: ", Value: map[key]!)));
                break;
            case string found:
                AppendPrintable(text, found);
                break;
            case IEnumerable list:
                AppendList(text, list.Cast<object>().Select(item => (Label: "", Value: item)));
                break;
            default:
                text.Append(CultureInfo.InvariantCulture, $"{value}");
                break;
        }
    }

    private static void AppendFields(StringBuilder text, IMessage message)
    {
        text.Append('{');
        string separator = "";
        foreach (FieldDescriptor field in message.Descriptor.Fields.InDeclarationOrder())
        {
            object? value = field.Accessor.GetValue(message);
            bool isEmpty = value is null or "" or 0 or 0L or false or ICollection { Count: 0 } || (field.HasPresence && !field.Accessor.HasValue(message));
            if (isEmpty || text.Length > MaxLength)
            {
                continue;
            }

            text.Append(separator).Append(field.Name).Append(": ");
            separator = ", ";
            if (FieldFacts.IsSecret(field))
            {
                text.Append(CallSecrets.Mask);
            }
            else
            {
                Append(text, value!);
            }
        }

        text.Append('}');
    }

    private static void AppendList(StringBuilder text, IEnumerable<(string Label, object Value)> items)
    {
        text.Append('[');
        string separator = "";
        foreach ((string label, object value) in items)
        {
            if (text.Length > MaxLength)
            {
                break;
            }

            text.Append(separator);
            AppendPrintable(text, label);
            Append(text, value);
            separator = ", ";
        }

        text.Append(']');
    }

    // A name with a line break in it must not look like a second line of the log.
    private static void AppendPrintable(StringBuilder text, string value)
    {
        foreach (char c in value)
        {
            text.Append(char.IsControl(c) ? '?' : c);
        }
    }

    private static string Cut(StringBuilder text) => text.Length <= MaxLength ? text.ToString() : text.ToString(0, MaxLength) + "…";
}
