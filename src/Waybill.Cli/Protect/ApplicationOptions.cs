using System.CommandLine;
using Waybill.Cli.CommandLine;
using Waybill.Cli.Configuration;
using Waybill.Cli.Create;

namespace Waybill.Cli.Protect;

/// <summary>The options that say which application it is, and what it consists of if that is not configured.</summary>
internal sealed class ApplicationOptions
{
    private readonly Argument<string> _name = new("NAME") { Description = "The application." };

    private readonly Option<string[]> _volumes = new("--volume")
    {
        Description = "Without a configuration of it: a volume, an image file or a block device.", HelpName = "NAME=IMAGE",
    };

    private readonly Option<string[]> _files = new("--files") { Description = "Likewise a file tree with all its metadata.", HelpName = "NAME=DIR" };

    private readonly Option<string[]> _resources = new("--resources")
    {
        Description = "Likewise Kubernetes definitions: a file, or a directory with all *.yaml, *.yml and *.json below it.", HelpName = "DIR|FILE",
    };

    private readonly Option<string> _cluster = new("--cluster") { Description = "Likewise the cluster it runs in.", HelpName = "NAME" };

    private readonly Option<string> _namespace = new("--namespace")
    {
        Description = "Likewise the namespace. Default: that of the definitions, if it is one.", HelpName = "NAME",
    };

    private readonly Option<string> _leastConsistency = new("--min-consistency")
    {
        Description = "The least consistency the point may have: unknown, none, crash, filesystem or application. Default: as configured, or crash.", HelpName = "LEVEL",
    };

    private readonly TagOptions _tags = new();

    public void AddTo(Command command)
    {
        command.Add(_name);
        foreach (Option option in new Option[] { _volumes, _files, _resources, _cluster, _namespace, _leastConsistency })
        {
            command.Add(option);
        }

        _tags.AddTo(command);
    }

    /// <summary>Gets what was asked for, without reading anything.</summary>
    public ApplicationRequest Bind(ParseResult parsed)
    {
        var request = new ApplicationRequest(parsed.GetRequiredValue(_name))
        {
            Volumes = NamedValue.ParseStreams("--volume", parsed.GetValue(_volumes)),
            Files = NamedValue.ParseStreams("--files", parsed.GetValue(_files)),
            Resources = parsed.GetValue(_resources) ?? [],
            Cluster = parsed.GetValue(_cluster) ?? "",
            Namespace = parsed.GetValue(_namespace) ?? "",
            LeastConsistency = ParseLevel(parsed.GetValue(_leastConsistency)),
            Tags = _tags.Bind(parsed),
        };
        return request.Name.Length == 0 ? throw new UsageException("The application needs a name.")
            : request.Volumes.Select(volume => volume.Name).Intersect(request.Files.Select(files => files.Name)).FirstOrDefault() is { } twice
            ? throw new UsageException($"--volume and --files both give the name '{twice}'.")
            : request;
    }

    private static ConsistencyLevel? ParseLevel(string? word)
    {
        if (word is null)
        {
            return null;
        }

        foreach ((string known, ConsistencyLevel level) in ConsistencyWords.All)
        {
            if (known == word)
            {
                return level;
            }
        }

        throw new UsageException($"--min-consistency is one of {string.Join(", ", ConsistencyWords.All.Select(known => known.Word))}, not '{word}'.");
    }
}
