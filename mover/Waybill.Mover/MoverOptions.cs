using System.Globalization;
using System.Net;

namespace Waybill.Mover;

/// <summary>What a mover is told on its command line, and by its pod.</summary>
internal sealed record MoverOptions
{
    public const string Usage = """
        The data mover of Waybill: serves the one volume of its pod over the backup API, to whoever has its token.

        Usage: Waybill.Mover serve --object NAMESPACE/NAME --device PATH --token-digest HEX --certificate FILE --key FILE [options]
               Waybill.Mover bind      ends at once: to be the pod that a volume waits for before it is made

        Options:
          --object NAMESPACE/NAME  the snapshot or claim that the volume is, as callers name it
          --device PATH            the block device
          --length BYTES           how much of the device that is; a smaller device is refused (default: all of it)
          --directory PATH         instead of a device: the directory whose files are served
          --writable               let it be written
          --token-digest HEX       the SHA-256 of the token that callers have
          --certificate FILE       what the server shows, PEM
          --key FILE               the key of that certificate, PEM
          --port N                 the port (default: 9443), on the address in POD_IP or, without it, on all
          --idle SECONDS           after how long without a call it ends (default: 120)
        """;

    public required string Namespace { get; init; }

    public required string Name { get; init; }

    /// <summary>Gets the block device; empty if a directory is served.</summary>
    public required string Device { get; init; }

    /// <summary>Gets the directory whose files are served; empty if a device is.</summary>
    public required string Directory { get; init; }

    /// <summary>Gets how much of the device is the volume; 0 for all of it.</summary>
    public required long Length { get; init; }

    public required bool IsWritable { get; init; }

    public required byte[] TokenDigest { get; init; }

    public required string CertificateFile { get; init; }

    public required string KeyFile { get; init; }

    public required IPEndPoint Endpoint { get; init; }

    public required TimeSpan IdleLimit { get; init; }

    /// <summary>Reads options.</summary>
    /// <exception cref="FormatException">They cannot be used; the message says which and why.</exception>
    public static MoverOptions Parse(ReadOnlySpan<string> arguments, Func<string, string?> environment)
    {
        var given = new Dictionary<string, string>(StringComparer.Ordinal);
        for (int i = 0; i < arguments.Length; i++)
        {
            string name = arguments[i];
            string value = name == "--writable" ? "" : i + 1 < arguments.Length ? arguments[++i] : throw new FormatException($"{name} takes a value.");
            if (!given.TryAdd(name, value))
            {
                throw new FormatException($"{name} is given twice.");
            }
        }

        string[] parts = Take("--object").Split('/');
        string directory = given.ContainsKey("--directory") ? Take("--directory") : "";
        var options = new MoverOptions
        {
            Namespace = parts.Length == 2 && parts[0].Length > 0 ? parts[0] : throw new FormatException("--object takes NAMESPACE/NAME."),
            Name = parts[1].Length > 0 ? parts[1] : throw new FormatException("--object takes NAMESPACE/NAME."),
            Directory = directory,
            Device = directory.Length > 0 ? "" : Take("--device"),
            Length = TakeNumber("--length", 0, long.MaxValue, 0),
            IsWritable = given.Remove("--writable"),
            TokenDigest = ReadDigest(Take("--token-digest")),
            CertificateFile = Take("--certificate"),
            KeyFile = Take("--key"),
            Endpoint = new IPEndPoint(ReadAddress(environment("POD_IP")), (int)TakeNumber("--port", 0, ushort.MaxValue, 9443)),
            IdleLimit = TimeSpan.FromSeconds(TakeNumber("--idle", 1, 86_400, 120)),
        };
        return given.Count == 0 ? options : throw new FormatException($"There is no option '{given.Keys.First()}'.");

        string Take(string name) => given.Remove(name, out string? value) && value.Length > 0 ? value : throw new FormatException($"{name} is missing.");

        long TakeNumber(string name, long least, long most, long byDefault) => !given.Remove(name, out string? text) ? byDefault
            : long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out long number) && number >= least && number <= most ? number
            : throw new FormatException($"{name} takes a number from {least} to {most}, not '{text}'.");
    }

    private static IPAddress ReadAddress(string? text) => string.IsNullOrEmpty(text) ? IPAddress.IPv6Any
        : IPAddress.TryParse(text, out IPAddress? address) ? address
        : throw new FormatException($"POD_IP is no address: '{text}'.");

    private static byte[] ReadDigest(string text)
    {
        const int Length = 32;
        var digest = new byte[Length];
        return Convert.FromHexString(text, digest, out int consumed, out int written) == System.Buffers.OperationStatus.Done && consumed == text.Length && written == Length
            ? digest
            : throw new FormatException("--token-digest takes 64 hexadecimal digits.");
    }
}
