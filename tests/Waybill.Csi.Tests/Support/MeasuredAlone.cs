namespace Waybill.Csi.Tests.Support;

/// <summary>Tests that measure the memory of the process run alone.</summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class MeasuredAlone
{
    public const string Name = "memory";
}
