using System.CommandLine;
using Waybill.Catalog;
using Waybill.Cli.CommandLine;

namespace Waybill.Cli.Catalogs;

/// <summary>The option that says how much of each bundle is read.</summary>
internal sealed class DepthOption(CatalogDepth byDefault)
{
    private readonly Option<string> _depth = new("--depth")
    {
        Description = $"How much is read: manifest (ends of bundles only), definitions (images and objects too), files (names of files too). Default: {WordOf(byDefault)}.",
        HelpName = "HOW-MUCH",
    };

    public void AddTo(Command command) => command.Add(_depth);

    /// <exception cref="UsageException">It is none of the words.</exception>
    public CatalogDepth Bind(ParseResult parsed) => parsed.GetValue(_depth) switch
    {
        null => byDefault,
        "manifest" => CatalogDepth.Manifest,
        "definitions" => CatalogDepth.Definitions,
        "files" => CatalogDepth.Files,
        _ => throw new UsageException("--depth must be manifest, definitions or files."),
    };

    private static string WordOf(CatalogDepth depth) => depth switch
    {
        CatalogDepth.Files => "files",
        CatalogDepth.Definitions => "definitions",
        _ => "manifest",
    };
}
