using Microsoft.Extensions.DependencyInjection;
using Waybill.Providers;
using Waybill.Storage;
using Waybill.Testing;

namespace Waybill.Engine.Tests.Applications;

public sealed class EngineServicesTests : IDisposable
{
    private readonly string _state = Directory.CreateTempSubdirectory("waybill-services-").FullName;

    public void Dispose() => Directory.Delete(_state, recursive: true);

    [Fact]
    public async Task AddWaybill_WithWhatIsRegistered_ProtectsAndRestores()
    {
        var platform = new ScriptedProvider();
        var other = new ScriptedProvider(new ScriptedProviderOptions { Name = "elsewhere" });
        var quiescer = new ScriptedQuiescer { Name = "hold" };
        var clock = new ManualTimeProvider();
        VolumeId volume = platform.AddVolume("data", 100_000);
        platform.GetDisk(volume).Write(0, EngineLab.Bytes(100_000, 1));
        await using ServiceProvider services = new ServiceCollection()
            .AddWaybill(_state)
            .AddSingleton<IVolumeProvider>(platform)
            .AddSingleton<IVolumeProvider>(other)
            .AddSingleton<IQuiescer>(quiescer)
            .AddSingleton<TimeProvider>(clock)
            .AddSingleton<IBundleStore>(new InMemoryBundleStore())
            .BuildServiceProvider(new ServiceProviderOptions { ValidateOnBuild = true, ValidateScopes = true });
        var application = new ProtectedApplication("shop") { Volumes = [new ProtectedVolume("data", platform.Name, volume)], Quiescer = "hold" };

        ProtectResult point = await services.GetRequiredService<ProtectRunner>().RunAsync(application);
        var request = new RestoreRequest(point.BundleName, Bundles.TrustPolicy.AcceptUnsigned, [new RestoreItem("data", new RestoreTarget.NewVolume("elsewhere", "copy"))]);
        RestoreResult restored = await services.GetRequiredService<RestoreRunner>().RunAsync(request);

        Assert.Equal(Timestamp.From(clock.GetUtcNow()), point.Manifest.Created);
        Assert.Equal(ConsistencyLevel.Application, point.Evidence.Level);
        ModelSnapshot copy = other.GetDisk(restored.Volumes[0].Volume).TakeSnapshot();
        Assert.Equal(EngineLab.Bytes(100_000, 1), copy.Read(new ByteRange(0, copy.Length)));
        Assert.Same(services.GetRequiredService<EngineContext>(), services.GetRequiredService<EngineContext>());
    }

    [Fact]
    public async Task AddWaybill_WithTwoPlatformsOfOneName_SaysSo()
    {
        await using ServiceProvider services = new ServiceCollection()
            .AddSingleton<IBundleStore>(new InMemoryBundleStore())
            .AddSingleton<IVolumeProvider>(new ScriptedProvider())
            .AddSingleton<IVolumeProvider>(new ScriptedProvider())
            .AddWaybill(_state)
            .BuildServiceProvider();

        WaybillException error = Assert.Throws<WaybillException>(() => services.GetRequiredService<ProtectRunner>());

        Assert.Equal((WaybillErrorCode.ConfigurationInvalid, "scripted"), (error.Code, error.ObjectName));
    }

    [Fact]
    public async Task AddWaybill_AfterTheApplicationsOwnContext_LeavesIt()
    {
        var own = new EngineContext(new InMemoryBundleStore(), _state);
        await using ServiceProvider services = new ServiceCollection().AddSingleton(own).AddWaybill("elsewhere").BuildServiceProvider();

        Assert.Same(own, services.GetRequiredService<EngineContext>());
    }
}
