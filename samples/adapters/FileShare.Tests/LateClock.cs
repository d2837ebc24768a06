namespace Waybill.Samples.FileShare.Tests;

/// <summary>A clock that is a minute ahead: a file that changed in the seconds before a backup is read again by the next one, and these tests do not want to wait.</summary>
internal sealed class LateClock : TimeProvider
{
    public override DateTimeOffset GetUtcNow() => base.GetUtcNow().AddMinutes(1);
}
