using System.CommandLine;
using Waybill.Catalog;
using Waybill.Cli.Configuration;
using Waybill.Cli.Engines;
using Waybill.Cli.Terminal;
using Waybill.Providers;

namespace Waybill.Cli.Catalogs;

/// <summary>The option that has the platforms of the configuration asked what they have.</summary>
internal sealed class PlatformOption
{
    private readonly Option<bool> _ask = new("--ask") { Description = "Ask the platforms of the configuration what they have now." };

    public void AddTo(Command command) => command.Add(_ask);

    /// <summary>Asks them, if that was wanted.</summary>
    public async Task<IReadOnlyList<CatalogPlatform>> AskAsync(ParseResult parsed, WaybillConfiguration configuration, CliConsole console, CancellationToken cancellationToken)
    {
        List<CatalogPlatform> platforms = [];
        if (parsed.GetValue(_ask))
        {
            ProviderSet providers = await ProviderSet.OpenAsync(configuration.Providers, console, cancellationToken).ConfigureAwait(false);
            await using (providers.ConfigureAwait(false))
            {
                foreach (IVolumeProvider provider in providers.All)
                {
                    platforms.Add(await CatalogPlatform.ReadAsync(provider, cancellationToken).ConfigureAwait(false));
                }
            }
        }

        return platforms;
    }
}
