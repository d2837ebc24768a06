using Waybill.Bundles;
using Waybill.Engine;

namespace Waybill.Samples.FileShare.Tests;

/// <summary>A directory stands in for a mount: to whoever reads it a mounted share is one.</summary>
public sealed class MountedTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("waybill-mount-").FullName;

    public MountedTests()
    {
        if (Environment.UserName == "root")
        {
            Shell.Run("bash", "-c", """
                set -e
                cd "$0"
                mkdir -p data/dir/sub data/hidden/below copy
                echo one > data/dir/one; chown 1234:2345 data/dir/one; chmod 4750 data/dir/one
                setfacl -m u:777:r data/dir/one; setfattr -n user.note -v hello data/dir/one
                ln data/dir/one data/dir/sub/again; ln -s /nowhere data/dir/link; mkfifo data/dir/pipe
                printf x > $'data/dir/\xff\xfe'; truncate -s 1M data/dir/hole; echo end >> data/dir/hole
                echo no > data/hidden/below/file; chmod 1777 data/dir/sub; touch -d '1960-05-05 05:05:05.123456789' data/dir/hole
                """, _directory);
        }
    }

    // A name here is no text to the base library.
    public void Dispose() => Shell.Run("rm", "-rf", _directory);

    [SkippableFact]
    public async Task List_ShowsWhatTheTreeSourceOfTheSdkShows()
    {
        RequireRoot();
        await using ShareLab lab = NewLab();
        Dictionary<string, FileTreeEntry> expected = [];
        await using FileTreeSource known = DirectoryTreeSource.Open($"{_directory}/data");
        await foreach (FileTreeEntry entry in known.ListAsync())
        {
            expected.Add(entry.Path.ToString(), entry);
        }

        Dictionary<string, FileTreeEntry> listed = await lab.ListAsync("vol");

        Assert.Equal(expected.Keys, listed.Keys);
        foreach ((string path, FileTreeEntry entry) in expected)
        {
            Assert.True(entry with { Accessed = null } == listed[path] with { Accessed = null }, path);
            Assert.Equal(entry.AllocatedSize, listed[path].AllocatedSize);
        }
    }

    [SkippableFact]
    public async Task Protect_ThenRestore_KeepsEverything()
    {
        RequireRoot();
        await using ShareLab lab = NewLab();
        ProtectResult first = await lab.ProtectAsync();
        await File.WriteAllTextAsync($"{_directory}/data/dir/new", "new");
        int read = (await lab.AuditedAsync(ShareOperation.Read)).Count;

        ProtectResult second = await lab.ProtectAsync();
        var again = (await lab.AuditedAsync(ShareOperation.Read))[read..];
        RestoredVolume restored = await lab.RestoreAsync(second.BundleName);

        // The file with a hole is opened to find it; only the new one is read from.
        Assert.Contains("dir/new", again);
        Assert.DoesNotContain("dir/one", again);
        Assert.Equal(first.Manifest.Id, second.Manifest.Parent!.Id);
        Assert.Empty(restored.Problems);
        Assert.True(restored.IsVerified);
        const string Show = @"find . -printf '%p %y %m %U %G %s %l %T@\n' | sort; getfacl -R -n -p . 2>/dev/null; getfattr -R -d -h . | sort";
        Assert.Equal(
            await Shell.RunAsync("bash", ["-c", $"cd {_directory}/data; {Show}"]),
            await Shell.RunAsync("bash", ["-c", $"cd {_directory}/copy; {Show}"]));
    }

    [SkippableFact]
    public async Task Protect_WithADeniedDirectory_DoesNotListIt()
    {
        RequireRoot();
        await using ShareLab lab = NewLab();
        lab.Access.Denied.Add("hidden", null);
        lab.Access.Lifetime = TimeSpan.FromSeconds(9);

        // Listing a directory sets its access time, if that is old.
        Shell.Run("touch", "-a", "-d", "2001-01-01", $"{_directory}/data/hidden");

        ProtectResult result = await lab.ProtectAsync();

        Dictionary<string, FileTreeEntry> entries = await lab.ReadPointAsync(result.BundleName);
        Assert.Contains(entries["hidden"].Gaps, gap => gap.What == FileGap.List);
        Assert.DoesNotContain(entries.Keys, path => path.StartsWith("hidden/", StringComparison.Ordinal));
        Assert.Equal(2001, Directory.GetLastAccessTimeUtc($"{_directory}/data/hidden").Year);
        Assert.Equal(lab.Access.Logins, (await lab.AuditedAsync(ShareOperation.Enter)).Count);
        Assert.True(lab.Access.Logins > 2, $"{lab.Access.Logins} grants.");
    }

    private static void RequireRoot() => Skip.IfNot(Environment.UserName == "root", "Owners can be given by root only.");

    private ShareLab NewLab() => new(new MountedVolume(new VolumeId("vol"), $"{_directory}/data"), new MountedVolume(new VolumeId("copy"), $"{_directory}/copy"));
}
