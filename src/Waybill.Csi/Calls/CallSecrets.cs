using System.Collections;
using Google.Protobuf;
using Google.Protobuf.Reflection;

namespace Waybill.Csi;

/// <summary>The secrets that came with one call, to keep them out of everything that is said about it.</summary>
internal sealed class CallSecrets
{
    /// <summary>What stands where a secret would.</summary>
    public const string Mask = "***";

    private readonly string[] _values;

    private CallSecrets(IEnumerable<string> values) =>
        // The longest first: one secret may be part of another.
        _values = [.. values.Where(value => value.Length > 0).Distinct(StringComparer.Ordinal).OrderByDescending(value => value.Length)];

    /// <summary>Finds the secrets in a message, at any depth.</summary>
    public static CallSecrets In(IMessage message) => new(Find(message, isSecret: false));

    /// <summary>Takes the secrets out of a text. A platform may repeat in an error what it was given.</summary>
    public string Scrub(string text)
    {
        foreach (string value in _values)
        {
            text = text.Replace(value, Mask, StringComparison.Ordinal);
        }

        return text;
    }

    private static IEnumerable<string> Find(IMessage message, bool isSecret)
    {
        foreach (FieldDescriptor field in message.Descriptor.Fields.InDeclarationOrder())
        {
            bool secret = isSecret || FieldFacts.IsSecret(field);
            object? value = field.Accessor.GetValue(message);
            foreach (string found in value is null ? [] : Find(value, secret))
            {
                yield return found;
            }
        }
    }

    private static IEnumerable<string> Find(object value, bool isSecret) => value switch
    {
        string text => isSecret ? [text] : [],
        ByteString bytes => isSecret ? [bytes.ToStringUtf8(), bytes.ToBase64()] : [],
        IMessage message => Find(message, isSecret),
        // The names of secrets are not secret.
        IDictionary map => map.Values.Cast<object>().SelectMany(item => Find(item, isSecret)),
        IEnumerable list => list.Cast<object>().SelectMany(item => Find(item, isSecret)),
        _ => [],
    };
}
