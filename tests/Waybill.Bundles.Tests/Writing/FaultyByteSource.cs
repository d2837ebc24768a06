namespace Waybill.Bundles.Tests.Writing;

/// <summary>A stored bundle that can be read as far as the plan lets it.</summary>
internal sealed class FaultyByteSource(byte[] bundle, FaultPlan plan) : ByteSource
{
    public override string Name => "faulty.waybill";

    public override long Length => bundle.Length;

    public override async ValueTask<int> ReadAsync(long offset, Memory<byte> destination, CancellationToken cancellationToken = default)
    {
        await Task.Yield();
        using IDisposable call = plan.Enter("parent");
        cancellationToken.ThrowIfCancellationRequested();
        int length = (int)Math.Min(destination.Length, Math.Max(0, bundle.Length - offset));
        bundle.AsMemory((int)offset, length).CopyTo(destination);
        return length;
    }
}
