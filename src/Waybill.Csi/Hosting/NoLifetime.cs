using Microsoft.Extensions.Hosting;

namespace Waybill.Csi.Hosting;

/// <summary>Leaves signals to the program: a library takes none.</summary>
internal sealed class NoLifetime : IHostLifetime
{
    public Task WaitForStartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
