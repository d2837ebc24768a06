using System.Text;
using Waybill.Bundles;
using Waybill.Engine;
using Waybill.Providers;

namespace Waybill.Samples.FileShare.Tests;

public sealed class ProtectTests : IClassFixture<SmbServer>, IDisposable
{
    private readonly SmbServer _server;

    public ProtectTests(SmbServer server)
    {
        _server = server;
        if (SmbServer.IsAvailable)
        {
            Dispose();
            Directory.CreateDirectory(server.PathOf("copy"));
            Directory.CreateDirectory(server.PathOf("data/sub/deep"));
            Directory.CreateDirectory(server.PathOf("data/secret"));
            Write("data/one", "first", 0b110_100_000, 1234, 2345);
            Write("data/sub/two ü%20;+#&", "second", 0b111_101_101, 1001, 1002);
            Write("data/sub/deep/three", new string('3', 3_000_000), 0b100_000_000, 4321, 2345);
            Write("data/secret/four", "fourth", 0b110_000_000, 0, 0);
            Write("data/empty", "", 0b110_110_110, 0, 0);
        }
    }

    public void Dispose()
    {
        foreach (string name in (string[])["data", "copy"])
        {
            if (Directory.Exists(_server.PathOf(name)))
            {
                Directory.Delete(_server.PathOf(name), recursive: true);
            }
        }
    }

    [SkippableFact]
    public async Task Protect_FullThenIncremental_ReadsOnlyWhatChanged()
    {
        SmbServer.Require();
        await using var lab = new ShareLab(_server);
        ProtectResult first = await lab.ProtectAsync();
        List<string> read = await lab.AuditedAsync(ShareOperation.Read);
        await File.WriteAllTextAsync(_server.PathOf("data/one"), "first, changed");
        await File.WriteAllTextAsync(_server.PathOf("data/sub/new"), "new");
        File.Delete(_server.PathOf("data/secret/four"));

        ProtectResult second = await lab.ProtectAsync();

        List<string> readAgain = (await lab.AuditedAsync(ShareOperation.Read))[read.Count..];
        Assert.Equal(["one", "secret/four", "sub/deep/three", "sub/two ü%20;+#&"], read.Order(StringComparer.Ordinal));
        Assert.Equal(["one", "sub/new"], readAgain.Order(StringComparer.Ordinal));
        Assert.Equal(first.Manifest.Id, second.Manifest.Parent!.Id);
        Dictionary<string, FileTreeEntry> entries = await lab.ReadPointAsync(second.BundleName);
        Assert.Equal(14, entries["one"].Size);
        Assert.DoesNotContain("secret/four", entries.Keys);
        await lab.RestoreAsync(second.BundleName);
        await Shell.RunAsync("diff", ["-r", _server.PathOf("data"), _server.PathOf("copy")]);
    }

    [SkippableFact]
    public async Task Protect_KeepsOwnersPermissionsAndTimes_AsTheServerHasThem()
    {
        SmbServer.Require();
        await using var lab = new ShareLab(_server);

        ProtectResult result = await lab.ProtectAsync();

        Dictionary<string, FileTreeEntry> entries = await lab.ReadPointAsync(result.BundleName);
        foreach (string name in (string[])["one", "sub", "sub/two ü%20;+#&", "sub/deep/three", "secret", "empty"])
        {
            FileTreeEntry entry = entries[name];
            string[] there = (await Shell.RunAsync("stat", ["-c", "%a %u %g %s %i", _server.PathOf($"data/{name}")])).Split(' ', '\n');
            long size = entry.Type == FileType.Regular ? entry.Size : long.Parse(there[3]);
            Assert.Equal(string.Join(' ', there[..5]), $"{Convert.ToString(entry.Mode, 8)} {entry.UserId} {entry.GroupId} {size} {entry.Inode}");
            Assert.Equal(File.GetLastWriteTimeUtc(_server.PathOf($"data/{name}")), entry.Modified!.Value.ToDateTimeOffset().UtcDateTime);
            Assert.Empty(entry.Gaps);
            Assert.Contains(entry.Xattrs, x => x.DisplayName == "system.nt_sec_desc.*");
        }

        Assert.Equal("root", Encoding.UTF8.GetString(entries["empty"].UserName.AsSpan()));

        // What SMB never shows is written down, not passed over.
        Assert.Contains("hard links", Assert.Single(entries.Values.Single(e => e.Path.IsRoot).Gaps).Reason, StringComparison.Ordinal);
    }

    [SkippableFact]
    public async Task Restore_IntoAnotherDirectory_GivesTheSameRightsOnTheServer()
    {
        SmbServer.Require();
        await using var lab = new ShareLab(_server);
        await Shell.RunAsync("setfacl", ["-m", "u:777:r,g:888:rx", _server.PathOf("data/one")]);
        ProtectResult result = await lab.ProtectAsync();

        RestoredVolume restored = await lab.RestoreAsync(result.BundleName);

        // The gap of the root is handed on; nothing else was lost.
        Assert.All(restored.Problems, problem => Assert.True(problem.Path.IsRoot, $"{problem.Path}: {problem.What}: {problem.Reason}"));
        await Shell.RunAsync("diff", ["-r", _server.PathOf("data"), _server.PathOf("copy")]);
        Dictionary<string, FileTreeEntry> before = await lab.ListAsync("vol");
        Dictionary<string, FileTreeEntry> after = await lab.ListAsync("copy");
        Assert.Equal(before.Keys.Order(StringComparer.Ordinal), after.Keys.Order(StringComparer.Ordinal));
        foreach ((string name, FileTreeEntry entry) in before)
        {
            FileTreeEntry copy = after[name];
            Assert.Equal((name, entry.Mode, entry.UserId, entry.GroupId), (name, copy.Mode, copy.UserId, copy.GroupId));
            Assert.Equal(await RightsAsync($"data/{name}"), await RightsAsync($"copy/{name}"));
            if (entry.Type == FileType.Regular)
            {
                Assert.Equal(entry.Modified!.Value.ToDateTimeOffset().ToUnixTimeMilliseconds(), copy.Modified!.Value.ToDateTimeOffset().ToUnixTimeMilliseconds());
            }
        }
    }

    [SkippableFact]
    public async Task Protect_OfANameThatSmbCannotShow_SaysThatTheNameIsAnother()
    {
        SmbServer.Require();
        await using var lab = new ShareLab(_server);
        await File.WriteAllTextAsync(_server.PathOf("data/what?"), "what");

        ProtectResult result = await lab.ProtectAsync();

        FileTreeEntry entry = Assert.Single((await lab.ReadPointAsync(result.BundleName)).Values, e => e.Size == 4);
        Assert.NotEqual("what?", entry.Path.ToString());
        Assert.Contains(entry.Gaps, gap => gap.What == FileGap.Metadata && gap.Reason.Contains("made up", StringComparison.Ordinal));
    }

    [SkippableFact]
    public async Task Restore_OverSomething_IsRefused()
    {
        SmbServer.Require();
        await using var lab = new ShareLab(_server);
        ProtectResult result = await lab.ProtectAsync();
        await File.WriteAllTextAsync(_server.PathOf("copy/mine"), "mine");

        ProviderException error = await Assert.ThrowsAsync<ProviderException>(() => lab.RestoreAsync(result.BundleName));

        Assert.Equal(WaybillErrorCode.TargetExists, error.Code);
        Assert.Equal("mine", await File.ReadAllTextAsync(_server.PathOf("copy/mine")));
    }

    /// <summary>Says who may do what, whichever entry of the ACL grants it: what the server makes of a descriptor names the owner twice and has a wide mask.</summary>
    private async Task<string> RightsAsync(string name)
    {
        string[] lines = (await Shell.RunAsync("getfacl", ["-p", "-n", "-E", _server.PathOf(name)])).Split('\n');
        string owner = lines.Single(l => l.StartsWith("# owner: ", StringComparison.Ordinal))[9..];
        string group = lines.Single(l => l.StartsWith("# group: ", StringComparison.Ordinal))[9..];
        IEnumerable<string> rights = lines
            .Where(l => l.Length > 0 && !l.StartsWith('#') && !l.StartsWith("mask", StringComparison.Ordinal) && !l.StartsWith("default:", StringComparison.Ordinal))
            .Select(l => l.Replace("user::", $"user:{owner}:", StringComparison.Ordinal).Replace("group::", $"group:{group}:", StringComparison.Ordinal));
        return string.Join(", ", rights.Distinct().Order(StringComparer.Ordinal));
    }

    private void Write(string name, string content, int mode, int user, int group)
    {
        string path = _server.PathOf(name);
        File.WriteAllText(path, content);
        Shell.Run("chown", $"{user}:{group}", path);
        Shell.Run("chmod", Convert.ToString(mode, 8), path);
    }
}
