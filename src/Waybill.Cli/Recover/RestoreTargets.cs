using System.Collections.Immutable;
using System.Text;
using Waybill.Bundles;
using Waybill.Cli.CommandLine;
using Waybill.Cli.Configuration;
using Waybill.Engine;

namespace Waybill.Cli.Recover;

/// <summary>Works out where each volume of a point goes.</summary>
internal sealed class RestoreTargets(AppRestoreCall call, WaybillConfiguration configuration)
{
    private const string DefaultProvider = "local";

    public ImmutableArray<RestoreItem> Of(BundleManifest manifest)
    {
        string[] volumes = [.. manifest.Streams.Where(stream => stream.Kind is StreamKind.BlockVolume or StreamKind.FileMeta).Select(stream => stream.Name)];
        IEnumerable<RestoreItem> items = call.AllTo is { } all
            ? volumes.Select(volume => Item(volume, MakeNew(SplitAll(all).Provider, SplitAll(all).Name + volume)))
            :
            [
                .. call.New.Select(value => Item(value.Name, MakeNew(Split(value.Value).Provider, Split(value.Value).Name))),
                .. call.Existing.Select(value => Item(value.Name, new RestoreTarget.ExistingVolume(Split(value.Value).Provider, ParseVolume(Split(value.Value).Name)))),
            ];

        // Streams of a point stand in the order in which they happened to begin.
        ImmutableArray<RestoreItem> result = [.. items.OrderBy(item => item.Volume, StringComparer.Ordinal)];
        return result.IsEmpty
            ? throw new WaybillException(WaybillErrorCode.StreamNotFound, "The point holds no volumes") { ObjectName = call.Application, Hint = "'waybill bundle restore' restores its definitions." }
            : call.Only.FirstOrDefault(only => result.All(item => item.Volume != only.Name)) is { Name: { } unknown }
            ? throw new UsageException($"--only names '{unknown}', which is not restored.")
            : result;
    }

    private RestoreTarget.NewVolume MakeNew(string provider, string name) => new(provider, name) { StorageClass = call.StorageClass };

    private RestoreItem Item(string volume, RestoreTarget target) => new(volume, target)
    {
        Only = [.. call.Only.Where(only => only.Name == volume).Select(only => ParsePath(only.Value))],
    };

    /// <summary>Splits <c>PROVIDER:REST</c>; what begins with no platform's name is all rest, and goes to the one that there is.</summary>
    private (string Provider, string Name) Split(string text)
    {
        int colon = text.IndexOf(':', StringComparison.Ordinal);
        return colon > 0 && configuration.Providers.Any(provider => provider.Name == text[..colon])
            ? (text[..colon], text[(colon + 1)..])
            : (configuration.Providers.Length == 1 ? configuration.Providers[0].Name : configuration.RequireProvider(DefaultProvider).Name, text);
    }

    private (string Provider, string Name) SplitAll(string text)
    {
        int colon = text.IndexOf(':', StringComparison.Ordinal);
        return (configuration.RequireProvider(colon < 0 ? text : text[..colon]).Name, colon < 0 ? "" : text[(colon + 1)..]);
    }

    private static VolumeId ParseVolume(string text) =>
        VolumeId.TryParse(text, null, out VolumeId id) ? id : throw new UsageException($"--onto: '{text}' cannot be the id of a volume.");

    private static FilePath ParsePath(string text) =>
        FilePath.TryFromBytes(Encoding.UTF8.GetBytes(text.TrimEnd('/')), out FilePath path)
            ? path
            : throw new UsageException($"--only: '{text}' is no path in a tree: names with slashes between.");
}
