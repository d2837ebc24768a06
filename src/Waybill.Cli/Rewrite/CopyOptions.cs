using System.CommandLine;
using Waybill.Cli.CommandLine;
using Waybill.Cli.Keys;
using Waybill.Cli.Terminal;

namespace Waybill.Cli.Rewrite;

/// <summary>The options of a command that copies a bundle for other readers.</summary>
internal sealed class CopyOptions
{
    private readonly Argument<string> _bundle = SharedOptions.Bundle();
    private readonly Option<string> _output = SharedOptions.Output();
    private readonly KeyOptions _keys = new();
    private readonly Option<bool> _noSync = SharedOptions.NoSync();
    private readonly Option<bool> _json = SharedOptions.Json();

    /// <summary>Adds the options, those about the readers of the copy among them.</summary>
    public void AddTo(Command command, Action<Command> addReaders)
    {
        command.Add(_bundle);
        command.Add(_output);
        addReaders(command);
        _keys.AddTo(command);
        command.Add(_noSync);
        command.Add(_json);
    }

    /// <summary>Gets the copy that was asked for, without reading anything.</summary>
    /// <param name="parsed">The command line.</param>
    /// <param name="console">The process around it.</param>
    /// <param name="encryption">Who can read the copy.</param>
    /// <param name="done">What was done, as the report's schema and the text name it.</param>
    public BundleCopy Bind(ParseResult parsed, CliConsole console, EncryptionRequest encryption, (string Schema, string Text) done) =>
        new(console, parsed.GetRequiredValue(_bundle), parsed.GetRequiredValue(_output))
        {
            Keys = _keys.Bind(parsed),
            Encryption = encryption,
            Done = done,
            Durable = !parsed.GetValue(_noSync),
            Json = parsed.GetValue(_json),
        };
}
