using Waybill.Bundles.Tests.Support;

namespace Waybill.Bundles.Tests.Salvaging;

/// <summary>A bundle on a disk with bad places: a read that touches one fails, as a whole.</summary>
internal sealed class FailingByteSource(byte[] bundle, params ByteRange[] bad) : ByteSource
{
    private readonly MemoryByteSource _source = new(bundle);

    public int Failures { get; private set; }

    public override string Name => "failing.waybill";

    public override long Length => _source.Length;

    public override ValueTask<int> ReadAsync(long offset, Memory<byte> destination, CancellationToken cancellationToken = default)
    {
        if (bad.Any(b => !b.Intersect(new ByteRange(offset, destination.Length)).IsEmpty))
        {
            Failures++;
            throw new ProviderException(WaybillErrorCode.SourceReadFailed, Name, "Input/output error");
        }

        return _source.ReadAsync(offset, destination, cancellationToken);
    }
}
