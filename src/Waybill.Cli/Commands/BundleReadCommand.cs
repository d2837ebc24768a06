using System.CommandLine;
using Waybill.Bundles;
using Waybill.Cli.Catalogs;
using Waybill.Cli.CommandLine;
using Waybill.Cli.Keys;
using Waybill.Cli.Shared;
using Waybill.Cli.Terminal;

namespace Waybill.Cli.Commands;

/// <summary><c>waybill bundle read</c>: one range of a volume, without restoring the rest.</summary>
internal sealed class BundleReadCommand
{
    private const int PieceLength = 1 << 20;

    private readonly Argument<string> _bundle = SharedOptions.Bundle();
    private readonly Option<string> _volume = new("--volume") { Description = "The volume to read from.", HelpName = "NAME" };
    private readonly Option<string> _bytes = new("--bytes") { Description = "The byte stream to read from.", HelpName = "NAME" };
    private readonly Option<string> _offset = new("--offset") { Description = "The first byte. Default: 0.", HelpName = "N" };
    private readonly Option<string> _length = new("--length") { Description = "How many bytes. Default: to the end.", HelpName = "N" };
    private readonly Option<string[]> _parents = SharedOptions.Parents();
    private readonly KeyOptions _keys = new();
    private readonly TrustOptions _trust = new();
    private readonly CliConsole _console;

    private BundleReadCommand(CliConsole console) => _console = console;

    public static Command Create(CliConsole console) => new BundleReadCommand(console).Build();

    private CliCommand Build()
    {
        var command = new CliCommand("read", "Write a range of a volume to standard output.")
        {
            Examples =
            [
                "waybill bundle read tue.waybill --volume data --offset 1GiB --length 1MiB > range.bin",
                "waybill bundle read tue.waybill --volume data --length 4096 | xxd | head",
                "waybill bundle read db.waybill --bytes dump.sql | psql shop",
                "waybill bundle read db.waybill --bytes dump.sql --key vault.key --trust sign.pub > dump.sql",
            ],
            Notes =
            [
                "Only what is needed is read, and every byte is checked up to the manifest first; the rest of the bundle is not.",
                "--trust refuses a bundle before the first byte is written.",
                "N is a number of bytes, or one with a unit of powers of 1024: 64KiB, 1M, 2G.",
            ],
        };
        command.Add(_bundle);
        command.Add(_volume);
        command.Add(_bytes);
        command.Add(_offset);
        command.Add(_length);
        command.Add(_parents);
        _keys.AddTo(command);
        _trust.AddTo(command);
        command.SetAction((parsed, cancellationToken) => ReadAsync(parsed, cancellationToken));
        return command;
    }

    private async Task<int> ReadAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        (string path, IReadOnlyList<string> parents) = await NamedBundle.FindAsync(parsed.GetRequiredValue(_bundle), parsed.GetValue(_parents) ?? [], _console, cancellationToken).ConfigureAwait(false);
        (StreamKind kind, string name) = (parsed.GetValue(_volume), parsed.GetValue(_bytes)) switch
        {
            ({ } volume, null) => (StreamKind.BlockVolume, volume),
            (null, { } bytes) => (StreamKind.Bytes, bytes),
            _ => throw new UsageException("Give either --volume or --bytes."),
        };
        long offset = ParseSize("--offset", parsed.GetValue(_offset)) ?? 0;
        long? length = ParseSize("--length", parsed.GetValue(_length));
        using BundleAccess access = await BundleAccess.LoadAsync(path, _keys.Bind(parsed), _trust.Bind(parsed), _console, cancellationToken).ConfigureAwait(false);
        BundleChain chain = await BundleInput.OpenChainAsync(
            path, parents, _console, access.Policy, access.Options, cancellationToken).ConfigureAwait(false);
        await using (chain.ConfigureAwait(false))
        {
            BlockReader stream = chain.OpenStream(kind, name);
            await using (stream.ConfigureAwait(false))
            {
                ByteRange range = Resolve(stream.Length, offset, length, name);
                await CopyAsync(stream, range, cancellationToken).ConfigureAwait(false);
            }
        }

        return ExitCode.Done;
    }

    private async Task CopyAsync(BlockReader stream, ByteRange range, CancellationToken cancellationToken)
    {
        var output = new StandardStream(_console.OpenOutput(), "standard output");
        var buffer = new byte[(int)Math.Min(PieceLength, Math.Max(1, range.Length))];
        long position = range.Offset;
        while (position < range.End)
        {
            // Pieces end on the grid, so that a cell is not decoded twice.
            int take = (int)Math.Min(range.End - position, PieceLength - (position % PieceLength));
            int read = await stream.ReadAsync(position, buffer.AsMemory(0, Math.Min(take, buffer.Length)), cancellationToken).ConfigureAwait(false);
            await output.WriteAsync(buffer.AsMemory(0, read), cancellationToken).ConfigureAwait(false);
            position += read;
        }

        await output.FlushAsync(cancellationToken).ConfigureAwait(false);
    }

    private static ByteRange Resolve(long streamLength, long offset, long? length, string name)
    {
        if (offset > streamLength || length > streamLength - offset)
        {
            throw new WaybillException(WaybillErrorCode.RangeOutsideStream, $"The range ends behind the {streamLength} bytes that '{name}' has")
            {
                ObjectName = name,
                Offset = offset,
                Hint = "leave --length out to read to the end",
            };
        }

        return new ByteRange(offset, length ?? (streamLength - offset));
    }

    private static long? ParseSize(string option, string? text)
    {
        if (text is null)
        {
            return null;
        }

        return SizeText.TryParse(text, out long size) ? size : throw new UsageException($"{option} is a number of bytes such as 4096 or 64KiB, not '{text}'.");
    }
}
