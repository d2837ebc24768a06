using System.Collections.Immutable;
using Waybill.Bundles;
using Waybill.Catalog;
using Waybill.Cli.Keys;
using Waybill.Local;
using Waybill.Providers;

namespace Waybill.Cli.Configuration;

/// <summary>Turns a configuration file into what it says. What is not set is as it is without a file.</summary>
internal static class ConfigurationBinder
{
    public static WaybillConfiguration Bind(string file, ConfigurationNode root, WaybillConfiguration defaults, TimeProvider time)
    {
        ConfigurationSection section = new ConfigurationValue(file, "", root.Line, root).Section(SettingSection.File);
        ImmutableArray<ProviderSettings> providers = section.Find("providers") is { } configured
            ? [.. configured.Entries().Select(entry => BindProvider(entry.Name, entry.Value.Section(SettingSection.Provider)))]
            : defaults.Providers;
        ImmutableDictionary<string, IQuiescer> quiescers = section.Find("quiescers") is { } all ? QuiescerBinder.Bind(all, time) : defaults.Quiescers;
        ConfigurationValue? store = section.Find("store");
        return defaults with
        {
            File = file,
            StoreDirectory = store?.FilePath() ?? defaults.StoreDirectory,
            NamesStore = store is not null,
            StateDirectory = section.Find("state")?.FilePath() ?? defaults.StateDirectory,
            Catalog = section.Find("catalog") is { } catalog ? BindCatalog(catalog) : defaults.Catalog,
            Codec = section.Find("codec")?.Choice(("none", BundleCodec.None), ("lz4", BundleCodec.Lz4), ("zstd", BundleCodec.Zstd)) ?? defaults.Codec,
            Providers = providers,
            Quiescers = quiescers,
            Applications = section.Find("applications") is { } applications
                ? [.. applications.Entries().Select(entry => ApplicationBinder.Bind(entry.Name, entry.Value, providers, quiescers))]
                : [],
            Encryption = section.Find("encryption") is { } encryption ? BindEncryption(encryption.Section(SettingSection.Encryption)) : defaults.Encryption,
            Keys = section.Find("keys") is { } keys ? BindKeys(keys.Section(SettingSection.Keys)) : defaults.Keys,
            Trust = section.Find("trust") is { } trust ? BindTrust(trust.Section(SettingSection.Trust)) : defaults.Trust,
        };
    }

    private static string BindCatalog(ConfigurationValue value)
    {
        try
        {
            return BundleCatalog.IsDatabase(value.Text()) ? value.Text() : value.FilePath();
        }
        catch (ArgumentException error)
        {
            throw value.Refuse($"cannot be used: {error.Message}");
        }
    }

    private static ProviderSettings BindProvider(string name, ConfigurationSection section)
    {
        _ = section.Require("type").Choice(("local", true));
        ImmutableArray<AttachedVolume> volumes =
        [
            .. section.Find("volumes")?.Entries().Select(entry => VolumeId.TryParse(entry.Name, null, out _)
                ? new AttachedVolume(entry.Name, entry.Value.FilePath())
                : throw entry.Value.Refuse("has a name that no volume can have")) ?? [],
        ];
        return new ProviderSettings(name, section.Require("pool").FilePath(), volumes);
    }

    private static EncryptionRequest BindEncryption(ConfigurationSection section)
    {
        var recipients = new RecipientRequest(
            [
                .. FilesOf("recipients").Select(path => (path, KeyScopes.All)),
                .. FilesOf("dataRecipients").Select(path => (path, KeyScopes.Data)),
                .. FilesOf("metadataRecipients").Select(path => (path, KeyScopes.Metadata)),
            ],
            FilesOf("presharedKeys"),
            BindPassphrase(section));
        return recipients.FindProblem() is { } problem ? throw section.Refuse($"cannot be used: {problem}")
            : recipients.Count == 0 ? throw section.Refuse("names no recipient")
            : new EncryptionRequest(recipients, section.Find("publicTags")?.Flag() ?? false, NoEncryption: false);

        ImmutableArray<string> FilesOf(string name) => section.Find(name)?.FilePaths() ?? [];
    }

    private static KeyRequest BindKeys(ConfigurationSection section)
    {
        ImmutableArray<string> signers = section.Find("sign")?.FilePaths() ?? [];
        ConfigurationValue? authority = section.Find("timestampAuthority");
        if (authority is not null && signers.IsEmpty)
        {
            throw authority.Refuse("confirms when a signature was made, and 'keys.sign' names no key that signs");
        }

        return new KeyRequest(section.Find("read")?.FilePaths() ?? [], section.Find("presharedKeys")?.FilePaths() ?? [], BindPassphrase(section))
        {
            Signers = signers,
            TimestampAuthority = authority is null ? null : BindAddress(authority),
        };
    }

    private static Uri BindAddress(ConfigurationValue value) =>
        Uri.TryCreate(value.Text(), UriKind.Absolute, out Uri? address) && (address.Scheme == Uri.UriSchemeHttp || address.Scheme == Uri.UriSchemeHttps)
            ? address
            : throw value.Refuse("must be an address such as http://timestamp.example/");

    private static TrustRequest BindTrust(ConfigurationSection section)
    {
        var trust = new TrustRequest
        {
            Keys = section.Find("keys")?.FilePaths() ?? [],
            Roots = section.Find("roots")?.FilePaths() ?? [],
            TimestampRoots = section.Find("timestampRoots")?.FilePaths() ?? [],
            Threshold = section.Find("threshold")?.Number(1, 16) ?? 1,
        };
        return !trust.IsDemanded ? throw section.Refuse("names nobody: it needs 'keys' or 'roots'")
            : trust.Roots.Count == 0 && trust.Threshold > trust.Keys.Count ? throw section.Refuse("demands more signatures than there are keys to trust")
            : trust;
    }

    private static PassphraseSource? BindPassphrase(ConfigurationSection section) =>
        section.Find("passphraseFile") is { } file ? new PassphraseSource(file.FilePath(), null) : null;
}
