using System.CommandLine;
using System.Globalization;
using Waybill.Bundles;
using Waybill.Cli.CommandLine;
using Waybill.Cli.Create;
using Waybill.Cli.Keys;
using Waybill.Cli.Terminal;

namespace Waybill.Cli.Commands;

/// <summary><c>waybill bundle create</c>: the data and definitions of an application become a bundle.</summary>
internal sealed class BundleCreateCommand
{
    private readonly Argument<string> _output = new("OUT") { Description = "The bundle to write, usually NAME.waybill; - is standard output." };

    private readonly Option<string> _application = new("--app")
    {
        Description = "The application whose data this is.", HelpName = "NAME", Required = true,
    };

    private readonly Option<string[]> _resources = new("--resources")
    {
        Description = "Kubernetes definitions: a file, or a directory with all *.yaml, *.yml and *.json below it.", HelpName = "DIR|FILE",
    };

    private readonly Option<string[]> _volumes = new("--volume") { Description = "A volume: an image file or a block device.", HelpName = "NAME=IMAGE" };

    private readonly Option<string[]> _files = new("--files") { Description = "A file tree with all its metadata.", HelpName = "NAME=DIR" };

    private readonly Option<string[]> _bytes = new("--bytes")
    {
        Description = "Plain bytes, such as a database dump; - is standard input.", HelpName = "NAME=FILE",
    };

    private readonly TagOptions _tags = new();

    private readonly Option<string> _parent = new("--parent")
    {
        Description = "The bundle to build on: only what changed since is stored.", HelpName = "BUNDLE",
    };

    private readonly Option<string[]> _parents = new("--parents")
    {
        Description = "Where the bundles lie that the parent builds on. Default: beside it.", HelpName = "DIR",
    };

    private readonly Option<string[]> _changed = new("--changed")
    {
        Description = "What changed on a volume since the parent: lines of offset and length in bytes; nothing else is read.", HelpName = "NAME=FILE",
    };

    private readonly Option<bool> _forceFull = new("--force-full")
    {
        Description = "Write a full bundle although there is a parent; application and lineage are the parent's.",
    };

    private readonly Option<string> _consistency = new("--consistency")
    {
        Description = "How consistent the data is: unknown (default), none, crash, or filesystem together with --mechanism.", HelpName = "LEVEL",
    };

    private readonly Option<string> _mechanism = new("--mechanism")
    {
        Description = "What made the data consistent, such as 'fsfreeze' or 'csi-group-snapshot'.", HelpName = "TEXT",
    };

    private readonly Option<string> _cluster = new("--cluster") { Description = "The cluster the application runs in.", HelpName = "NAME" };

    private readonly Option<string> _namespace = new("--namespace")
    {
        Description = "The namespace it runs in. Default: that of the definitions, if it is one.", HelpName = "NAME",
    };

    private readonly Option<string> _applicationId = new("--app-id")
    {
        Description = "The identity of the application. Default: the parent's, or a new one.", HelpName = "ID",
    };

    private readonly Option<string> _codec = new("--codec") { Description = "How to compress: none, lz4 (default) or zstd.", HelpName = "CODEC" };

    private readonly Option<string> _cellSize = new("--cell-size")
    {
        Description = "64KiB to 8MiB, a power of two. Default: 1MiB, or the parent's.", HelpName = "SIZE",
    };

    private readonly Option<string> _blockSize = new("--block-size")
    {
        Description = "512 to 64KiB, a power of two. Default: 4KiB, or the parent's.", HelpName = "SIZE",
    };

    private readonly Option<int?> _jobs = new("--jobs") { Description = "How many cells are worked on at once. Default: one per processor.", HelpName = "N" };

    private readonly Option<bool> _reproducible = new("--reproducible")
    {
        Description = "The same input gives the same bytes; needs --app-id, --bundle-id and --created, and does not compress.",
    };

    private readonly Option<string> _bundleId = new("--bundle-id") { Description = "The identity of the bundle. Default: a new one.", HelpName = "ID" };

    private readonly Option<string> _created = new("--created")
    {
        Description = "The time to record, such as 2026-01-31T12:00:00Z. Default: now.", HelpName = "TIME",
    };

    private readonly EncryptionOptions _encryption = new();

    private readonly SignOptions _sign = new();

    private readonly KeyOptions _keys = new();

    private readonly Option<bool> _noSync = SharedOptions.NoSync();

    private readonly Option<bool> _json = SharedOptions.Json();

    private readonly CliConsole _console;

    private BundleCreateCommand(CliConsole console) => _console = console;

    public static Command Create(CliConsole console) => new BundleCreateCommand(console).Build();

    private CliCommand Build()
    {
        var command = new CliCommand("create", "Put an application's data and definitions into a bundle: all, or what changed.")
        {
            Examples =
            [
                "waybill bundle create mon.waybill --app shop --resources k8s/ --volume data=/dev/vg/shop-snap --files share=/srv/share",
                "waybill bundle create tue.waybill --app shop --resources k8s/ --volume data=/dev/vg/shop-snap --parent mon.waybill",
                "pg_dump shop | waybill bundle create db.waybill --app shop --bytes dump.sql=- --tag ticket=OPS-7",
                "waybill bundle create shop.waybill --app shop --files share=/srv/share --recipient vault.pub --recipient escrow.pub --sign sign.key",
                "waybill bundle create - --app shop --files share=/srv/share | ssh vault 'cat > shop.waybill'",
            ],
            Notes =
            [
                "Back up snapshots: a volume must not change while it is read. OUT must not exist; it appears when it is",
                "complete and not before. Without a parent a bundle is full; with one, everything is read and compared unless",
                "--changed says what to read.",
                "Without a recipient whoever has the bundle can read it; what builds on an encrypted parent is refused then.",
            ],
        };
        command.Add(_output);
        foreach (Option option in new Option[] { _application, _resources, _volumes, _files, _bytes })
        {
            command.Add(option);
        }

        _tags.AddTo(command);
        foreach (Option option in new Option[]
        {
            _parent, _parents, _changed, _forceFull, _consistency, _mechanism, _cluster,
            _namespace, _applicationId, _codec, _cellSize, _blockSize, _jobs, _reproducible, _bundleId, _created, _noSync, _json,
        })
        {
            command.Add(option);
        }

        _encryption.AddTo(command);
        _sign.AddTo(command);
        _keys.AddTo(command);
        command.SetAction((parsed, cancellationToken) => new BundleCreation(Bind(parsed), _console).RunAsync(cancellationToken));
        return command;
    }

    private CreateRequest Bind(ParseResult parsed)
    {
        NamedValue[] volumes = NamedValue.ParseStreams("--volume", parsed.GetValue(_volumes));
        var request = new CreateRequest
        {
            Output = parsed.GetRequiredValue(_output),
            ApplicationName = parsed.GetRequiredValue(_application),
            ApplicationId = ParseId<AppId>("--app-id", parsed.GetValue(_applicationId)),
            ClusterName = parsed.GetValue(_cluster) ?? "",
            Namespace = parsed.GetValue(_namespace) ?? "",
            Resources = parsed.GetValue(_resources) ?? [],
            Volumes = volumes,
            Changed = BindChanged(NamedValue.ParseStreams("--changed", parsed.GetValue(_changed)), volumes, parsed.GetValue(_parent)),
            Files = NamedValue.ParseStreams("--files", parsed.GetValue(_files)),
            Bytes = NamedValue.ParseStreams("--bytes", parsed.GetValue(_bytes)),
            Tags = _tags.Bind(parsed),
            Parent = parsed.GetValue(_parent),
            ParentDirectories = parsed.GetValue(_parents) ?? [],
            ForceFull = parsed.GetValue(_forceFull),
            Consistency = ConsistencyClaim.Parse(parsed.GetValue(_consistency), parsed.GetValue(_mechanism)),
            Writer = BindWriter(parsed),
            Encryption = _encryption.Bind(parsed),
            Keys = _sign.Bind(parsed, _keys.Bind(parsed)),
            Durable = !parsed.GetValue(_noSync),
            Json = parsed.GetValue(_json),
        };
        Check(request);
        return request;
    }

    private void Check(CreateRequest request)
    {
        if (request.ApplicationName.Length == 0)
        {
            throw new UsageException("--app needs a name.");
        }

        if (request.Resources.Count + request.Volumes.Count + request.Files.Count + request.Bytes.Count == 0)
        {
            throw new UsageException("There is nothing to put into the bundle: give --resources, --volume, --files or --bytes.");
        }

        StandardInput.RequireOneUse([.. request.Bytes.Select(value => value.Value == "-"), request.Keys.ReadsStandardInput, request.Encryption.ReadsStandardInput]);

        if (request.ForceFull && (request.Parent is null || request.Changed.Count > 0))
        {
            throw new UsageException("--force-full goes with --parent and without --changed.");
        }

        if (request.WritesToStandardOutput && request.Json)
        {
            throw new UsageException("--json prints on standard output, where the bundle goes.");
        }

        if (request.WritesToStandardOutput && _console.IsOutputTerminal)
        {
            throw new UsageException("A bundle is not written to a terminal; redirect standard output.");
        }

        if (request.Writer.Reproducible && request.Encryption.Recipients.Count > 0)
        {
            throw new UsageException("--reproducible goes without recipients: encryption is never the same twice.");
        }

        if (request.Writer.Reproducible && (request.ApplicationId is null || request.Writer.BundleId is null || request.Writer.Created is null))
        {
            throw new UsageException("--reproducible needs --app-id, --bundle-id and --created: nothing may come from chance or the clock.");
        }
    }

    private BundleWriterOptions BindWriter(ParseResult parsed)
    {
        bool reproducible = parsed.GetValue(_reproducible);
        string codec = parsed.GetValue(_codec) ?? (reproducible ? "none" : "lz4");
        if (reproducible && codec != "none")
        {
            throw new UsageException("--reproducible does not compress: leave --codec out or give none.");
        }

        var options = new BundleWriterOptions
        {
            Codec = codec switch
            {
                "none" => BundleCodec.None,
                "lz4" => BundleCodec.Lz4,
                "zstd" => BundleCodec.Zstd,
                _ => throw new UsageException($"--codec is none, lz4 or zstd, not '{codec}'."),
            },
            Reproducible = reproducible,
            BundleId = ParseId<BundleId>("--bundle-id", parsed.GetValue(_bundleId)),
            Created = ParseTime("--created", parsed.GetValue(_created)),
            TimeProvider = _console.Time,
            LeaveOpen = true,
            Writer = new WriterIdentity("waybill", CliApplication.Version, "default"),
        };
        options.CellSize = ParsePowerOfTwo("--cell-size", parsed.GetValue(_cellSize), 64 << 10, 8 << 20) ?? options.CellSize;
        options.BlockSize = ParsePowerOfTwo("--block-size", parsed.GetValue(_blockSize), 512, 64 << 10) ?? options.BlockSize;
        if (parsed.GetValue(_jobs) is { } jobs)
        {
            options.Workers = jobs is >= 1 and <= 1024 ? jobs : throw new UsageException("--jobs is from 1 to 1024.");
        }

        return options;
    }

    private static Dictionary<string, string> BindChanged(NamedValue[] changed, NamedValue[] volumes, string? parent)
    {
        if (changed.Length > 0 && parent is null)
        {
            throw new UsageException("--changed says what changed since a parent: give --parent.");
        }

        foreach (NamedValue value in changed)
        {
            if (!volumes.Any(volume => volume.Name == value.Name))
            {
                throw new UsageException($"--changed names '{value.Name}', but no --volume does.");
            }
        }

        return changed.ToDictionary(value => value.Name, value => value.Value);
    }

    private static int? ParsePowerOfTwo(string option, string? text, int smallest, int largest)
    {
        if (text is null)
        {
            return null;
        }

        return SizeText.TryParse(text, out long size) && size >= smallest && size <= largest && long.IsPow2(size)
            ? (int)size
            : throw new UsageException($"{option} is a power of two from {HumanUnits.Size(smallest)} to {HumanUnits.Size(largest)}, not '{text}'.");
    }

    private static T? ParseId<T>(string option, string? text)
        where T : struct, IParsable<T>
    {
        if (text is null)
        {
            return null;
        }

        return T.TryParse(text, CultureInfo.InvariantCulture, out T id) ? id : throw new UsageException($"{option} is 32 hexadecimal digits, not '{text}'.");
    }

    private static Timestamp? ParseTime(string option, string? text)
    {
        if (text is null)
        {
            return null;
        }

        return DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out DateTimeOffset time)
            ? Timestamp.From(time)
            : throw new UsageException($"{option} is a time such as 2026-01-31T12:00:00Z, not '{text}'.");
    }
}
