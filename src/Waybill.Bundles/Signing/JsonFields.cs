using System.Buffers.Text;
using System.Text.Json;

namespace Waybill.Bundles.Signing;

/// <summary>Reads JSON of a known shape step by step, without making objects of what is passed over.</summary>
internal ref struct JsonFields(ReadOnlySpan<byte> text, JsonReaderOptions options)
{
    private Utf8JsonReader _json = new(text, options);

    public static void Once<T>(ref T? field, T value, string name)
        where T : class =>
        field = field is null ? value : throw new FormatException($"The property {name} occurs twice.");

    public void BeginObject()
    {
        _json.Read();
        ObjectBegun();
    }

    public readonly void ObjectBegun() => Require(JsonTokenType.StartObject, "an object");

    public void BeginArray()
    {
        _json.Read();
        Require(JsonTokenType.StartArray, "an array");
    }

    /// <summary>Goes to the next property; its value follows.</summary>
    public string? NextProperty()
    {
        _json.Read();
        return _json.TokenType == JsonTokenType.EndObject ? null : _json.GetString();
    }

    /// <summary>Goes to the next element, which is then the current value.</summary>
    public bool NextElement()
    {
        _json.Read();
        return _json.TokenType != JsonTokenType.EndArray;
    }

    public void Skip() => _json.Skip();

    public string Text()
    {
        _json.Read();
        Require(JsonTokenType.String, "a text");
        return _json.GetString()!;
    }

    public string? TextOrNull()
    {
        _json.Read();
        return _json.TokenType == JsonTokenType.Null ? null : _json.TokenType == JsonTokenType.String ? _json.GetString() : throw new FormatException("Expected a text.");
    }

    public byte[] Base64()
    {
        _json.Read();
        return CurrentBase64();
    }

    /// <summary>Decodes the current text: either alphabet of RFC 4648, with padding or without.</summary>
    public readonly byte[] CurrentBase64()
    {
        Require(JsonTokenType.String, "base64");
        string text = _json.GetString()!;
        ReadOnlySpan<char> digits = text.AsSpan().TrimEnd('=');
        if (text.Length - digits.Length > 2 || (digits.Length != text.Length && text.Length % 4 != 0))
        {
            throw new FormatException("The base64 is not padded right.");
        }

        var url = new char[digits.Length];
        for (int i = 0; i < digits.Length; i++)
        {
            url[i] = digits[i] switch
            {
                '+' or '-' => '-',
                '/' or '_' => '_',
                char c when char.IsAsciiLetterOrDigit(c) => c,
                _ => throw new FormatException("There is a character that is not of base64."),
            };
        }

        return Base64Url.DecodeFromChars(url);
    }

    /// <summary>Makes sure that nothing follows.</summary>
    public void EndOfText()
    {
        if (_json.Read())
        {
            throw new FormatException("Something follows the envelope.");
        }
    }

    private readonly void Require(JsonTokenType type, string what)
    {
        if (_json.TokenType != type)
        {
            throw new FormatException($"Expected {what}.");
        }
    }
}
