namespace Waybill.Repository.Tests;

/// <summary>What a test about the repository found wrong. Unlike a collection assertion it shows all of it: the list is the work to do.</summary>
internal static class Offences
{
    public static void MustBeNone(IEnumerable<string> offences)
    {
        string[] all = [.. offences];
        if (all.Length > 0)
        {
            Assert.Fail($"{all.Length} found:\n{string.Join('\n', all)}");
        }
    }
}
