using System.Globalization;
using System.Text.Json;
using Waybill.Bundles;

namespace Waybill.Engine;

/// <summary>Keeps the records of applications: a directory for each, in it one file that is replaced by a newer one, never changed.</summary>
internal static class ApplicationRecords
{
    private const string Extension = ".json";
    private const string LockName = "lock";

    /// <summary>Keeps other runs away from an application until it is disposed, or the process ends.</summary>
    /// <exception cref="WaybillException"><see cref="WaybillErrorCode.RunInProgress"/>, <see cref="WaybillErrorCode.TargetWriteFailed"/>.</exception>
    public static IDisposable Lock(EngineContext context, string application)
    {
        string directory = DirectoryOf(context, application);
        StateDirectories.Make(directory);
        return StateDirectories.TryLock(Path.Combine(directory, LockName))
            ?? throw new WaybillException(WaybillErrorCode.RunInProgress, $"Another run works on '{application}'")
            {
                ObjectName = application,
                IsTransient = true,
                Hint = "Wait for it to end.",
            };
    }

    public static async Task<ApplicationRecord> ReadAsync(EngineContext context, string application, CancellationToken cancellationToken)
    {
        if (Files(context, application).LastOrDefault() is not { } path)
        {
            return ApplicationRecord.Empty;
        }

        try
        {
            byte[] content = await File.ReadAllBytesAsync(path, cancellationToken).ConfigureAwait(false);
            return JsonSerializer.Deserialize(content, EngineJsonContext.Default.ApplicationRecord) ?? ApplicationRecord.Empty;
        }
        catch (JsonException e)
        {
            throw new WaybillException(WaybillErrorCode.LedgerDamaged, "The record of what the next point builds on cannot be read", e)
            {
                ObjectName = path,
                Hint = "Remove the file: the next run then compares instead of asking the platform for changes.",
            };
        }
    }

    public static async Task WriteAsync(EngineContext context, string application, ApplicationRecord record, CancellationToken cancellationToken)
    {
        List<string> before = Files(context, application);
        long number = before.Count == 0 ? 1 : long.Parse(Path.GetFileNameWithoutExtension(before[^1]), CultureInfo.InvariantCulture) + 1;
        AtomicOutput output = AtomicOutput.Create(Path.Combine(DirectoryOf(context, application), number.ToString("D12", CultureInfo.InvariantCulture) + Extension));
        await using (output.ConfigureAwait(false))
        {
            await output.Stream.WriteAsync(JsonSerializer.SerializeToUtf8Bytes(record, EngineJsonContext.Default.ApplicationRecord), cancellationToken).ConfigureAwait(false);
            await output.PublishAsync(cancellationToken).ConfigureAwait(false);
        }

        before.ForEach(File.Delete);
    }

    private static string DirectoryOf(EngineContext context, string application)
    {
        // Two names may have the same slug; the digest keeps them apart.
        string digest = Digest.Of(System.Text.Encoding.UTF8.GetBytes(application)).ToString();
        return Path.Combine(context.StateDirectory, "applications", $"{StoreNames.Slug(application)}-{digest[^12..]}");
    }

    private static List<string> Files(EngineContext context, string application)
    {
        string directory = DirectoryOf(context, application);
        return Directory.Exists(directory)
            ? [.. Directory.EnumerateFiles(directory, "*" + Extension)
                .Where(f => long.TryParse(Path.GetFileNameWithoutExtension(f), NumberStyles.None, CultureInfo.InvariantCulture, out _))
                .Order(StringComparer.Ordinal)]
            : [];
    }
}
