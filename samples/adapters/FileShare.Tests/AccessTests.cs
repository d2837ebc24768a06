using System.Text.RegularExpressions;
using Waybill.Engine;
using Waybill.Providers;

namespace Waybill.Samples.FileShare.Tests;

public sealed partial class AccessTests : IClassFixture<SmbServer>, IDisposable
{
    private readonly SmbServer _server;

    public AccessTests(SmbServer server)
    {
        _server = server;
        if (SmbServer.IsAvailable)
        {
            Dispose();
            Directory.CreateDirectory(server.PathOf("copy"));
            Directory.CreateDirectory(server.PathOf("data/open"));
            Directory.CreateDirectory(server.PathOf("data/payroll/2026"));
            for (int i = 0; i < 5; i++)
            {
                File.WriteAllText(server.PathOf($"data/open/{i}"), new string((char)('a' + i), 200_000));
            }

            File.WriteAllText(server.PathOf("data/payroll/2026/salaries"), "nobody's business");
            File.WriteAllText(server.PathOf("data/key"), "nobody's business either");
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
    public async Task Protect_WithDeniedPaths_TouchesNoneOfThemAndRecordsTheGaps()
    {
        SmbServer.Require();
        await using var lab = new ShareLab(_server);
        lab.Access.Denied.Add("payroll", null);
        lab.Access.Denied.Add("key", ShareOperation.Read);
        int logged = _server.ReadLog().Length;

        ProtectResult result = await lab.ProtectAsync();

        Dictionary<string, FileTreeEntry> entries = await lab.ReadPointAsync(result.BundleName);
        Assert.Contains(entries["payroll"].Gaps, gap => gap.What == FileGap.List && gap.Reason.Contains("the legal department", StringComparison.Ordinal));
        Assert.Contains(entries["key"].Gaps, gap => gap.What == FileGap.Data && gap.Reason.Contains("the legal department", StringComparison.Ordinal));
        Assert.DoesNotContain(entries.Keys, path => path.StartsWith("payroll/", StringComparison.Ordinal));
        Assert.DoesNotContain(lab.Access.Asked, asked => asked.Path.ToString().StartsWith("payroll/", StringComparison.Ordinal));

        // The server's own record: nothing of it was opened.
        string[] opened = _server.ReadLog()[logged..];
        Assert.Contains(opened, line => line.Contains("opened file data/open/1 read=Yes", StringComparison.Ordinal));
        Assert.DoesNotContain(opened, line => line.Contains("payroll", StringComparison.Ordinal));
        Assert.DoesNotContain(opened, line => line.Contains("opened file data/key read=Yes", StringComparison.Ordinal));
        Assert.Equal(["payroll"], await lab.AuditedAsync(ShareOperation.List, "denied"));
        Assert.Contains("key", await lab.AuditedAsync(ShareOperation.Read, "denied"));
        RestoredVolume restored = await lab.RestoreAsync(result.BundleName);
        Assert.Contains(restored.Problems, problem => problem.Path.ToString() == "payroll");
    }

    [SkippableFact]
    public async Task Protect_OfAShareThatIsRefused_MakesNoPoint()
    {
        SmbServer.Require();
        await using var lab = new ShareLab(_server);
        lab.Access.RefusesAll = true;

        ProviderException error = await Assert.ThrowsAsync<ProviderException>(() => lab.ProtectAsync());

        Assert.Equal("ACCESS_DENIED", error.VendorCode);
        Assert.Single(await lab.AuditedAsync(ShareOperation.Enter, "denied"));
        Assert.Empty(await lab.AuditedAsync(ShareOperation.List));
    }

    [SkippableFact]
    public async Task Protect_OfARootThatIsDenied_MakesNoPoint()
    {
        SmbServer.Require();
        await using var lab = new ShareLab(_server);
        lab.Access.Denied.Add(FilePath.Root.ToString(), ShareOperation.List);

        ProviderException error = await Assert.ThrowsAsync<ProviderException>(() => lab.ProtectAsync());

        Assert.Equal("ACCESS_DENIED", error.VendorCode);
        Assert.Equal(0, lab.Access.Logins);
    }

    [SkippableFact]
    public async Task Protect_WhenGrantsRunOut_LogsInAgainAndLosesNothing()
    {
        SmbServer.Require();
        await using var lab = new ShareLab(_server);
        lab.Access.Lifetime = TimeSpan.FromSeconds(7);

        ProtectResult result = await lab.ProtectAsync();
        RestoredVolume restored = await lab.RestoreAsync(result.BundleName);

        Assert.True(lab.Access.Logins > 5, $"{lab.Access.Logins} logins.");
        Assert.Equal(lab.Access.Logins, (await lab.AuditedAsync(ShareOperation.Enter)).Count);
        Assert.All((await lab.ReadPointAsync(result.BundleName)).Values.Where(e => !e.Path.IsRoot), entry => Assert.Empty(entry.Gaps));
        Assert.All(restored.Problems, problem => Assert.True(problem.Path.IsRoot, problem.ToString()));
        await Shell.RunAsync("diff", ["-r", _server.PathOf("data"), _server.PathOf("copy")]);
    }

    [SkippableFact]
    public async Task Restore_WherePathsAreDenied_LeavesThemOutAndSaysSo()
    {
        SmbServer.Require();
        await using var lab = new ShareLab(_server);
        ProtectResult result = await lab.ProtectAsync();
        lab.Access.Denied.Add("payroll", ShareOperation.Write);

        RestoredVolume restored = await lab.RestoreAsync(result.BundleName);

        Assert.False(Directory.Exists(_server.PathOf("copy/payroll")));
        Assert.True(File.Exists(_server.PathOf("copy/key")));
        Assert.Equal(["payroll", "payroll/2026", "payroll/2026/salaries"], restored.Problems.Where(p => !p.Path.IsRoot).Select(p => p.Path.ToString()));
    }

    [SkippableFact]
    public async Task Audit_HasEveryFileThatTheServerSawRead_AndNoSecret()
    {
        SmbServer.Require();
        await using var lab = new ShareLab(_server);
        await File.WriteAllTextAsync(_server.PathOf("data/open/line\u0001feed"), "odd");
        int logged = _server.ReadLog().Length;

        await lab.ProtectAsync();

        HashSet<string> seen = [.. _server.ReadLog()[logged..].Select(line => ReadLine().Match(line)).Where(match => match.Success).Select(match => match.Groups[1].Value)];
        Assert.Equal(7, seen.Count(path => !path.Contains("line", StringComparison.Ordinal)));
        List<string> read = await lab.AuditedAsync(ShareOperation.Read);
        Assert.All(seen.Where(path => !path.Contains("line", StringComparison.Ordinal)), path => Assert.Contains(path, read));
        IReadOnlyList<AccessRecord> records = await AccessAudit.ReadAsync(lab.AuditFile);
        Assert.All(records, record => Assert.Equal(("vol", SmbServer.User), (record.Share, record.Who)));
        string text = await File.ReadAllTextAsync(lab.AuditFile);
        Assert.DoesNotContain(_server.Secret, text, StringComparison.Ordinal);
        Assert.DoesNotContain(text, c => c != '\n' && char.IsControl(c));
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, OperatingSystem.IsWindows() ? default : File.GetUnixFileMode(lab.AuditFile));
    }

    [SkippableFact]
    public async Task Audit_ThatCannotBeWritten_StopsTheAccess()
    {
        SmbServer.Require();
        var lab = new ShareLab(_server);
        await using FileTreeSource tree = await lab.Provider.OpenTreeAsync(new VolumeSource(new VolumeId("vol")));
        await lab.DisposeAsync();

        await Assert.ThrowsAnyAsync<ObjectDisposedException>(async () =>
        {
            await foreach (FileTreeEntry unused in tree.ListAsync())
            {
            }
        });
    }

    [GeneratedRegex(@" opened file data/(.*) read=Yes ")]
    private static partial Regex ReadLine();
}
