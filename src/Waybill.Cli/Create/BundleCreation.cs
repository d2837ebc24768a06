using System.Collections.Immutable;
using Waybill.Bundles;
using Waybill.Cli.Catalogs;
using Waybill.Cli.CommandLine;
using Waybill.Cli.Keys;
using Waybill.Cli.Resources;
using Waybill.Cli.Shared;
using Waybill.Cli.Terminal;

namespace Waybill.Cli.Create;

/// <summary>Carries out <c>bundle create</c>. Everything that can be refused is refused before the output is begun.</summary>
internal sealed class BundleCreation(CreateRequest request, CliConsole console)
{
    private const int BytesBufferLength = 1 << 20;

    private readonly List<StreamInfo> _dataStreams = [];
    private IReadOnlyList<ResourceDefinition> _definitions = [];

    public async Task<int> RunAsync(CancellationToken cancellationToken)
    {
        _definitions = await DefinitionFiles.ReadAsync(request.Resources, cancellationToken).ConfigureAwait(false);
        ImmutableArray<Tag> tags = await DefinitionTags.FromAsync(_definitions, console).ConfigureAwait(false);
        using KeyRing keys = await KeyOptions.LoadAsync(request.Keys, console, cancellationToken).ConfigureAwait(false);
        (string? parentPath, IReadOnlyList<string> parents) = request.Parent is null
            ? (null, request.ParentDirectories)
            : await NamedBundle.FindAsync(request.Parent, request.ParentDirectories, console, cancellationToken).ConfigureAwait(false);
        BundleChain? parent = parentPath is null
            ? null
            : await BundleInput.OpenChainAsync(
                parentPath, parents, console, TrustPolicy.AcceptUnsigned, keys.ToReaderOptions(), cancellationToken).ConfigureAwait(false);
        try
        {
            if (parent is not null)
            {
                request.Encryption.RequireFor(parent.Bundles[0]);
            }

            using RecipientList recipients = await RecipientOptions.LoadAsync(request.Encryption.Recipients, console, cancellationToken).ConfigureAwait(false);
            request.Writer.Encryption = request.Encryption.ToEncryption(recipients);
            request.Writer.Signers = keys.Signers;
            BundleDescription description = Describe(parent?.Manifest, [.. request.Tags, .. tags]);
            BundleOutputFile output = BundleOutputFile.Create(request.Output, console, request.Durable);
            await using (output.ConfigureAwait(false))
            {
                BundleManifest manifest = await WriteAsync(output.Stream, description, request.ForceFull ? null : parent, cancellationToken).ConfigureAwait(false);
                await output.PublishAsync(cancellationToken).ConfigureAwait(false);
                BundleReport.WriteCreated(console, request.Output, output.BytesWritten, manifest, request.Json);
            }

            return ExitCode.Done;
        }
        finally
        {
            if (parent is not null)
            {
                await parent.DisposeAsync().ConfigureAwait(false);
            }
        }
    }

    private BundleDescription Describe(BundleManifest? parent, ImmutableArray<Tag> tags)
    {
        AppId id = request.ApplicationId ?? parent?.Application.Id ?? AppId.New();
        Lineage? lineage = parent is not null ? parent.Lineage
            : request.Writer.Reproducible ? new Lineage(DerivedIds.LineageOf(id), 0)
            : null;
        var application = new ApplicationIdentity(id, request.ApplicationName)
        {
            Origin = ApplicationOrigin.Find(_definitions, request.ClusterName, request.Namespace),
        };
        return new BundleDescription(application) { Lineage = lineage, Tags = tags };
    }

    private async Task<BundleManifest> WriteAsync(Stream output, BundleDescription description, BundleChain? parent, CancellationToken cancellationToken)
    {
        BundleWriter writer = await BundleWriter.CreateAsync(output, description, parent, request.Writer, cancellationToken).ConfigureAwait(false);
        await using (writer.ConfigureAwait(false))
        {
            using var line = new ProgressLine(console);
            var progress = new StreamProgress(line);
            if (_definitions.Count > 0)
            {
                await writer.AddResourcesAsync([.. _definitions.Select(DefinitionObjects.ToObject)], cancellationToken).ConfigureAwait(false);
            }

            foreach (NamedValue volume in request.Volumes)
            {
                await AddVolumeAsync(writer, volume, progress, cancellationToken).ConfigureAwait(false);
            }

            foreach (NamedValue files in request.Files)
            {
                await AddFilesAsync(writer, files, progress, cancellationToken).ConfigureAwait(false);
            }

            foreach (NamedValue bytes in request.Bytes)
            {
                await AddBytesAsync(writer, bytes, line, cancellationToken).ConfigureAwait(false);
            }

            if (request.Consistency is { } evidence && _dataStreams.Count > 0)
            {
                writer.AddConsistencyGroup(evidence, _dataStreams);
            }

            return await writer.CompleteAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    private async Task AddVolumeAsync(BundleWriter writer, NamedValue volume, StreamProgress progress, CancellationToken cancellationToken)
    {
        IReadOnlyList<ByteRange>? changed = request.Changed.TryGetValue(volume.Name, out string? list)
            ? await ChangedRangesFile.ReadAsync(list, cancellationToken).ConfigureAwait(false)
            : null;
        FileBlockReader source = FileBlockReader.Open(volume.Value);
        await using (source.ConfigureAwait(false))
        {
            VolumeFacts facts = DefinitionObjects.FindClaim(_definitions, volume.Name) with
            {
                FileSystem = await FileSystemProbe.RecogniseAsync(source, cancellationToken).ConfigureAwait(false),
            };
            var volumeRequest = new VolumeRequest(volume.Name, source) { ChangedRanges = changed, Facts = facts };
            _dataStreams.Add(await writer.AddVolumeAsync(volumeRequest, progress, cancellationToken).ConfigureAwait(false));
        }
    }

    private async Task AddFilesAsync(BundleWriter writer, NamedValue files, StreamProgress progress, CancellationToken cancellationToken)
    {
        DirectoryTreeSource source = DirectoryTreeSource.Open(files.Value);
        await using (source.ConfigureAwait(false))
        {
            _dataStreams.AddRange(await writer.AddFileTreeAsync(files.Name, source, forceFull: false, facts: null, progress, cancellationToken).ConfigureAwait(false));
        }
    }

    private async Task AddBytesAsync(BundleWriter writer, NamedValue bytes, ProgressLine line, CancellationToken cancellationToken)
    {
        (Stream source, long total) = OpenBytes(bytes.Value);
        await using (source.ConfigureAwait(false))
        {
            BundleStreamWriter stream = await writer.OpenStreamAsync(StreamKind.Bytes, bytes.Name, cancellationToken).ConfigureAwait(false);
            await using (stream.ConfigureAwait(false))
            {
                var buffer = new byte[BytesBufferLength];
                int read;
                while ((read = await source.ReadAtLeastAsync(buffer, buffer.Length, throwOnEndOfStream: false, cancellationToken).ConfigureAwait(false)) > 0)
                {
                    await stream.WriteAsync(buffer.AsMemory(0, read), cancellationToken).ConfigureAwait(false);
                    line.Report(bytes.Name, stream.Position, total);
                }

                _dataStreams.Add(await stream.CompleteAsync(cancellationToken).ConfigureAwait(false));
            }
        }
    }

    private (Stream Source, long Total) OpenBytes(string path)
    {
        (Stream source, _) = BundleInput.OpenSequential(path, console);
        return (source, path != "-" && new FileInfo(path) is { Exists: true } file ? file.Length : 0);
    }
}
