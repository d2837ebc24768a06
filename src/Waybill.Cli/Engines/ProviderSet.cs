using System.Collections.Immutable;
using Waybill.Cli.Configuration;
using Waybill.Cli.Terminal;
using Waybill.Local;
using Waybill.Providers;

namespace Waybill.Cli.Engines;

/// <summary>The platforms of a configuration, opened.</summary>
internal sealed class ProviderSet : IAsyncDisposable
{
    private readonly List<LocalProvider> _opened = [];

    private ProviderSet()
    {
    }

    /// <summary>Gets the platforms in the order of the configuration.</summary>
    public IReadOnlyList<IVolumeProvider> All => _opened;

    /// <summary>Opens the platforms.</summary>
    /// <param name="settings">The platforms.</param>
    /// <param name="console">The process around it.</param>
    /// <param name="cancellationToken">Ends the call early.</param>
    /// <returns>The platforms; the caller disposes them.</returns>
    public static async Task<ProviderSet> OpenAsync(IEnumerable<ProviderSettings> settings, CliConsole console, CancellationToken cancellationToken)
    {
        var set = new ProviderSet();
        try
        {
            foreach (ProviderSettings provider in settings)
            {
                var options = new LocalProviderOptions
                {
                    Name = provider.Name, PoolDirectory = provider.PoolDirectory, Attached = provider.Volumes, TimeProvider = console.Time,
                };
                set._opened.Add(await LocalProvider.OpenAsync(options, cancellationToken).ConfigureAwait(false));
            }

            return set;
        }
        catch
        {
            await set.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    public ImmutableDictionary<string, IVolumeProvider> ToDictionary() => _opened.ToImmutableDictionary(provider => provider.Name, IVolumeProvider (provider) => provider);

    public async ValueTask DisposeAsync()
    {
        foreach (LocalProvider provider in _opened)
        {
            await provider.DisposeAsync().ConfigureAwait(false);
        }
    }
}
