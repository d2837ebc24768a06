using Waybill.Providers;

namespace Waybill.Kubernetes;

/// <summary>How a claim is used for a while, whatever it would be taken for otherwise: a volume with a file system can be filled with blocks as well as with files.</summary>
/// <param name="Kind">What it is taken for.</param>
internal sealed record ClaimUse(VolumeKind Kind)
{
    /// <summary>Gets whether files that it holds are removed before others are restored to it.</summary>
    public bool Replaces { get; init; }
}
