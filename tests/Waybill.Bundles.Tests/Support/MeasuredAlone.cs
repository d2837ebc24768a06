namespace Waybill.Bundles.Tests.Support;

/// <summary>Tests that measure the memory or the computing of the process run alone.</summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class MeasuredAlone
{
    public const string Name = "memory";
}
