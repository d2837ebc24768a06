using System.Collections.Immutable;
using Waybill.Bundles;
using Waybill.Cli.CommandLine;
using Waybill.Engine;
using Waybill.Providers;

namespace Waybill.Cli.Configuration;

/// <summary>Turns the settings of one application into what the engine takes.</summary>
internal static class ApplicationBinder
{
    public static ApplicationSettings Bind(
        string name, ConfigurationValue value, ImmutableArray<ProviderSettings> providers, ImmutableDictionary<string, IQuiescer> quiescers)
    {
        ConfigurationSection section = value.Section(SettingSection.Application);
        if (name.Length == 0)
        {
            throw section.Refuse("needs a name");
        }

        var application = new ProtectedApplication(name)
        {
            Id = section.Find("id") is { } id ? BindId(id) : default,
            Volumes = [.. section.Find("volumes")?.Entries().Select(entry => BindVolume(entry.Name, entry.Value, providers)) ?? []],
            Tags = BindTags(section),
            Quiescer = section.Find("quiescer") is { } quiescer ? BindQuiescer(quiescer, quiescers) : "",
            Policy = section.Find("policy") is { } policy ? BindPolicy(policy.Section(SettingSection.Policy)) : new ProtectPolicy(),
        };
        ImmutableArray<string> resources = section.Find("resources")?.FilePaths() ?? [];
        if (application.Volumes.IsEmpty && resources.IsEmpty)
        {
            throw section.Refuse("has neither 'volumes' nor 'resources': there is nothing to protect");
        }

        return new ApplicationSettings(application)
        {
            Resources = resources,
            Cluster = section.Find("cluster")?.Text() ?? "",
            Namespace = section.Find("namespace")?.Text() ?? "",
        };
    }

    private static AppId BindId(ConfigurationValue value) =>
        AppId.TryParse(value.Text(), null, out AppId id) ? id : throw value.Refuse("must be 32 hexadecimal digits");

    private static ProtectedVolume BindVolume(string name, ConfigurationValue value, ImmutableArray<ProviderSettings> providers)
    {
        if (NamedValue.FindStreamNameProblem(name) is { } problem)
        {
            throw value.Refuse($"has a name that cannot be used. {problem}");
        }

        ConfigurationSection section = value.Section(SettingSection.Volume);
        ConfigurationValue provider = section.Require("provider");
        if (!providers.Any(known => known.Name == provider.Text()))
        {
            throw provider.Refuse($"names a provider '{provider.Text()}' that is not configured", $"Known: {string.Join(", ", providers.Select(known => known.Name))}.");
        }

        ConfigurationValue volume = section.Require("volume");
        return new ProtectedVolume(name, provider.Text(), VolumeId.TryParse(volume.Text(), null, out VolumeId id) ? id : throw volume.Refuse("is not the id of a volume"))
        {
            Changes = section.Find("changes")?.Choice(("auto", ChangePolicy.Auto), ("compare", ChangePolicy.Compare), ("full", ChangePolicy.Full)) ?? ChangePolicy.Auto,
            Facts = new VolumeFacts { Claim = section.Find("claim")?.Text() ?? "", StorageClass = section.Find("storageClass")?.Text() ?? "" },
        };
    }

    private static ImmutableArray<Tag> BindTags(ConfigurationSection section)
    {
        var tags = ImmutableArray.CreateBuilder<Tag>();
        foreach ((string setting, TagSensitivity sensitivity) in ((string, TagSensitivity)[])[("tags", TagSensitivity.Internal), ("publicTags", TagSensitivity.Public)])
        {
            foreach ((string key, ConfigurationValue value) in section.Find(setting)?.Entries() ?? [])
            {
                if (tags.Any(tag => tag.Key == key))
                {
                    throw value.Refuse("is a tag already");
                }

                tags.Add(Tag.User(key, value.Text()) with { Sensitivity = sensitivity });
            }
        }

        return tags.ToImmutable();
    }

    private static string BindQuiescer(ConfigurationValue value, ImmutableDictionary<string, IQuiescer> quiescers) => quiescers.ContainsKey(value.Text())
        ? value.Text()
        : throw value.Refuse($"names a quiescer '{value.Text()}' that is not configured");

    private static ProtectPolicy BindPolicy(ConfigurationSection section)
    {
        var policy = new ProtectPolicy();
        return policy with
        {
            MinimumConsistency = section.Find("consistency")?.Choice(ConsistencyWords.All) ?? policy.MinimumConsistency,
            RequireWriteOrder = section.Find("writeOrder")?.Flag() ?? policy.RequireWriteOrder,
            QuiesceOptional = section.Find("quiesceOptional")?.Flag() ?? policy.QuiesceOptional,
            QuiesceDeadline = section.Find("quiesceDeadline")?.Duration() ?? policy.QuiesceDeadline,
            SelfCheckShare = section.Find("selfCheck")?.Share() ?? policy.SelfCheckShare,
            CompareEvery = section.Find("compareEvery")?.Number(0, 1_000_000) ?? policy.CompareEvery,
            Verify = section.Find("verify")?.Flag() ?? policy.Verify,
            ParallelVolumes = section.Find("parallel")?.Number(1, 64) ?? policy.ParallelVolumes,
            RetryLimit = section.Find("retryLimit")?.Duration() ?? policy.RetryLimit,
        };
    }
}
