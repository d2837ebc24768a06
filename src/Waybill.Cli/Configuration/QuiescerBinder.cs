using System.Collections.Immutable;
using Waybill.Cli.Engines;
using Waybill.Local;
using Waybill.Providers;

namespace Waybill.Cli.Configuration;

/// <summary>Makes the quiescers that a configuration names. One that is made of others names those that stand before it, so that none contains itself.</summary>
internal static class QuiescerBinder
{
    private static readonly TimeSpan s_commandTimeout = TimeSpan.FromMinutes(1);

    public static ImmutableDictionary<string, IQuiescer> Bind(ConfigurationValue all, TimeProvider time)
    {
        ImmutableDictionary<string, IQuiescer> made = ImmutableDictionary<string, IQuiescer>.Empty;
        foreach ((string name, ConfigurationValue value) in all.Entries())
        {
            try
            {
                made = made.Add(name, Make(name, value, made, time));
            }
            catch (WaybillException error) when (error.ObjectName is null)
            {
                // The quiescers refuse what they cannot use, and know nothing of files.
                throw value.Refuse($"cannot be used: {error.Message.TrimEnd('.')}", inner: error);
            }
        }

        return made;
    }

    private static IQuiescer Make(string name, ConfigurationValue value, ImmutableDictionary<string, IQuiescer> made, TimeProvider time) => TypeOf(value) switch
    {
        "freeze" => new FileSystemQuiescer(
            new FileSystemQuiescerOptions { Name = name, MountPoints = value.Section(SettingSection.FreezeQuiescer).Require("mounts").FilePaths() }, time),
        "command" => new CommandQuiescer(BindCommand(name, value.Section(SettingSection.CommandQuiescer)), time),
        "postgres" => MakePostgres(name, value.Section(SettingSection.PostgresQuiescer), made, time),
        _ => MakeComposite(name, value.Section(SettingSection.CompositeQuiescer), made, time),
    };

    // Which settings are known depends on the type, so that is read first.
    private static string TypeOf(ConfigurationValue value)
    {
        ConfigurationValue? type = value.Entries().Where(entry => entry.Name == "type").Select(entry => entry.Value).FirstOrDefault();
        return type is null
            ? throw value.Refuse("needs the setting 'type'")
            : type.Choice(("freeze", "freeze"), ("command", "command"), ("postgres", "postgres"), ("all-of", "all-of"));
    }

    private static CommandQuiescerOptions BindCommand(string name, ConfigurationSection section)
    {
        TimeSpan timeout = section.Find("timeout")?.Duration() ?? s_commandTimeout;
        return new CommandQuiescerOptions
        {
            Name = name,
            Pre = new HookCommand(section.Require("before").Texts(), timeout),
            Post = section.Find("after") is { } after ? new HookCommand(after.Texts(), timeout) : null,
            WorkingDirectory = section.Find("directory")?.FilePath(),
            Environment = BindEnvironment(section),
            Level = section.Find("level")?.Choice(("crash", ConsistencyLevel.Crash), ("filesystem", ConsistencyLevel.FileSystem), ("application", ConsistencyLevel.Application))
                ?? ConsistencyLevel.Application,
        };
    }

    private static PostgresQuiescer MakePostgres(string name, ConfigurationSection section, ImmutableDictionary<string, IQuiescer> made, TimeProvider time)
    {
        var options = new PostgresQuiescerOptions
        {
            Name = name,
            Host = section.Find("host")?.Text(),
            Port = section.Find("port")?.Number(1, 65_535),
            User = section.Find("user")?.Text(),
            PasswordFile = section.Find("passwordFile")?.FilePath(),
            Environment = BindEnvironment(section),
        };
        options = section.Find("database") is { } database ? options with { Database = database.Text() } : options;
        options = section.Find("psql") is { } psql ? options with { Psql = psql.Text() } : options;
        bool isBackup = section.Find("mode")?.Choice(("checkpoint", false), ("backup", true)) ?? false;
        RefuseOtherMode(section, isBackup);
        if (!isBackup)
        {
            return new PostgresQuiescer(options, Member(section.Require("fileSystems"), made), time);
        }

        var labels = new PostgresLabels(section.Require("labels").FilePath());
        options = options with { Mode = PostgresQuiesceMode.BackupMode, StoreLabelAsync = labels.StoreAsync, WaitForArchive = section.Find("waitForArchive")?.Flag() ?? true };
        return new PostgresQuiescer(options, null, time);
    }

    // A setting of the other mode would be passed over, and whoever wrote it would think that it does something.
    private static void RefuseOtherMode(ConfigurationSection section, bool isBackup)
    {
        foreach (string setting in isBackup ? (string[])["fileSystems"] : ["labels", "waitForArchive"])
        {
            if (section.Find(setting) is { } other)
            {
                throw other.Refuse($"belongs to the mode '{(isBackup ? "checkpoint" : "backup")}'");
            }
        }
    }

    private static CompositeQuiescer MakeComposite(string name, ConfigurationSection section, ImmutableDictionary<string, IQuiescer> made, TimeProvider time) => new(
        name,
        section.Find("arrangement")?.Choice(("parts", CompositeArrangement.Parts), ("layers", CompositeArrangement.Layers)) ?? CompositeArrangement.Parts,
        [.. section.Require("members").Items().Select(member => Member(member, made))],
        time);

    private static IQuiescer Member(ConfigurationValue name, ImmutableDictionary<string, IQuiescer> made) =>
        made.GetValueOrDefault(name.Text()) ?? throw name.Refuse($"names '{name.Text()}', and no quiescer before it has that name");

    private static ImmutableDictionary<string, string> BindEnvironment(ConfigurationSection section) =>
        section.Find("environment")?.Entries().ToImmutableDictionary(entry => entry.Name, entry => entry.Value.Text()) ?? ImmutableDictionary<string, string>.Empty;
}
