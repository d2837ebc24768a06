using System.Collections.Immutable;
using Waybill.Bundles;
using Waybill.Cli.Keys;
using Waybill.Providers;

namespace Waybill.Cli.Configuration;

/// <summary>What the commands of the engine work with, as a file says or, without one, as it is by default.</summary>
internal sealed record WaybillConfiguration
{
    /// <summary>Gets the file it was read from; null if there is none.</summary>
    public string? File { get; init; }

    public required string StoreDirectory { get; init; }

    /// <summary>Gets whether somebody said where the store is, so that one that is missing is a mistake.</summary>
    public bool NamesStore { get; init; }

    public required string StateDirectory { get; init; }

    /// <summary>Gets the catalog: a file, or a PostgreSQL database.</summary>
    public required string Catalog { get; init; }

    public BundleCodec Codec { get; init; } = BundleCodec.Lz4;

    public required ImmutableArray<ProviderSettings> Providers { get; init; }

    public ImmutableDictionary<string, IQuiescer> Quiescers { get; init; } = ImmutableDictionary<string, IQuiescer>.Empty;

    public ImmutableArray<ApplicationSettings> Applications { get; init; } = [];

    public EncryptionRequest Encryption { get; init; } = new(new RecipientRequest([], [], null), false, false);

    public KeyRequest Keys { get; init; } = new([], [], null);

    public TrustRequest Trust { get; init; } = new();

    /// <summary>Gets a platform.</summary>
    /// <exception cref="WaybillException"><see cref="WaybillErrorCode.NotConfigured"/>.</exception>
    public ProviderSettings RequireProvider(string name) => Providers.FirstOrDefault(provider => provider.Name == name)
        ?? throw new WaybillException(WaybillErrorCode.NotConfigured, $"There is no provider '{name}'")
        {
            ObjectName = File,
            Hint = Providers.IsEmpty ? "None is configured." : $"Known: {string.Join(", ", Providers.Select(provider => provider.Name))}.",
        };

    /// <summary>Gets the keys to work with: those of the command line if any are given there, else those that are configured.</summary>
    public KeyRequest KeysFor(KeyRequest given)
    {
        KeyRequest keys = given.IsGiven ? given with { Passphrase = given.Passphrase ?? Keys.Passphrase } : Keys;
        return given.Signers.Count > 0
            ? keys with { Signers = given.Signers, TimestampAuthority = given.TimestampAuthority }
            : keys with { Signers = Keys.Signers, TimestampAuthority = Keys.TimestampAuthority };
    }
}
