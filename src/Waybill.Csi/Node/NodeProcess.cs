using System.Globalization;
using Microsoft.Win32.SafeHandles;

namespace Waybill.Csi;

/// <summary>This process as the kernel shows it.</summary>
internal static class NodeProcess
{
    /// <summary>Gets a path to what is open, for this process and those it starts.</summary>
    public static string PathOf(SafeFileHandle file) =>
        string.Create(CultureInfo.InvariantCulture, $"/proc/{Environment.ProcessId}/fd/{file.DangerousGetHandle()}");
}
