namespace Waybill.Testing.Tests;

/// <summary>The kit as these tests run it: small, for there are many platforms.</summary>
internal static class Kit
{
    public static ConformanceOptions Options { get; } = new() { VolumeLength = 1024 * 1024, Histories = 1 };
}
