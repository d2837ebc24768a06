using System.Reflection;

namespace Waybill.Cli;

internal static class Program
{
    private static int Main()
    {
        string version = typeof(Program).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion
            ?? "unknown";
        Console.Out.WriteLine($"waybill {version}");
        return 0;
    }
}
