using Waybill.Cli.CommandLine;

namespace Waybill.Cli.Tests.Commands;

/// <summary>A copy that is not what was written never gets its name: the original may be gone by the time somebody notices.</summary>
public sealed class ReadBackTests : IAsyncLifetime, IDisposable
{
    private const int Place = 1_000_000;

    private readonly Scenario _shop = new();

    public static TheoryData<string, bool> Copies { get; } = new()
    {
        { "rewrap", false }, { "rewrap", true }, { "reencrypt", false }, { "reencrypt", true }, { "open", false }, { "sign", false }, { "sign", true }, { "merge", false }, { "merge", true },
    };

    public async Task InitializeAsync()
    {
        foreach (string name in new[] { "vault", "stranger" })
        {
            await _shop.Cli.DoneAsync("key", "new", "--out", _shop[name + ".key"]);
            _shop.Write(name + ".pub", (await _shop.Cli.DoneAsync("key", "public", _shop[name + ".key"])).Output);
        }

        await _shop.CreateFullAsync("a.waybill", "--recipient", _shop["vault.pub"]);
        _shop.Change(0, 5_000, seed: 3);
        await _shop.CreateIncrementalAsync("b.waybill", "a.waybill", "--recipient", _shop["vault.pub"], "--key", _shop["vault.key"]);
    }

    public Task DisposeAsync() => Task.CompletedTask;

    public void Dispose() => _shop.Dispose();

    [Theory]
    [MemberData(nameof(Copies))]
    public async Task Copy_OnADiskThatChangesABit_IsRemovedAndReported(string verb, bool forStranger) => await FailsAsync(verb, forStranger, loses: false);

    [Theory]
    [MemberData(nameof(Copies))]
    public async Task Copy_OnADiskThatLosesTheRest_IsRemovedAndReported(string verb, bool forStranger) => await FailsAsync(verb, forStranger, loses: true);

    [Theory]
    [MemberData(nameof(Copies))]
    public async Task Copy_OnAGoodDisk_GetsItsName(string verb, bool forStranger)
    {
        await _shop.Cli.DoneAsync(Command(verb, forStranger));

        Assert.True(File.Exists(_shop["copy.waybill"]));
    }

    private async Task FailsAsync(string verb, bool forStranger, bool loses)
    {
        _shop.Cli.WrapFile = file => new FaultyDisk(file, Place, loses);

        CliResult result = await _shop.FailsAsync(ExitCode.Failed, "WB1602", Command(verb, forStranger));

        Assert.Contains("read back", result.Error, StringComparison.Ordinal);
        Assert.Contains("copy.waybill", result.Error, StringComparison.Ordinal);
        Assert.Empty(result.Output);
    }

    // For a stranger means that the key at hand does not open the copy.
    private string[] Command(string verb, bool forStranger)
    {
        string[] key = ["--out", _shop["copy.waybill"], "--key", _shop["vault.key"]];
        string recipient = _shop[forStranger ? "stranger.pub" : "vault.pub"];
        return verb switch
        {
            "sign" => ["bundle", "sign", _shop["a.waybill"], "--sign", _shop[forStranger ? "stranger.key" : "vault.key"], .. key],
            "open" => ["bundle", "reencrypt", _shop["a.waybill"], "--no-encryption", .. key],
            "merge" => ["bundle", "merge", _shop["a.waybill"], _shop["b.waybill"], "--recipient", recipient, .. key],
            _ => ["bundle", verb, _shop["a.waybill"], "--recipient", recipient, .. key],
        };
    }
}
