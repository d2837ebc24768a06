using System.ComponentModel;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using Microsoft.Win32.SafeHandles;

namespace Waybill.Local;

/// <summary>
/// A mounted file system that may be frozen, held open: it can then not be unmounted, and a thaw reaches it whatever its path leads to by then.
/// </summary>
internal sealed class FreezableMount : IDisposable
{
    private FreezableMount(string path, SafeFileHandle handle, string device, bool isRoot)
    {
        Path = path;
        Handle = handle;
        Device = device;
        IsRoot = isRoot;
    }

    /// <summary>Gets the path it was opened by.</summary>
    public string Path { get; }

    /// <summary>Gets the open mount point.</summary>
    public SafeFileHandle Handle { get; }

    /// <summary>Gets what tells file systems apart, the same for all mounts of one.</summary>
    public string Device { get; }

    /// <summary>Gets whether the file system is the one that everything runs on.</summary>
    public bool IsRoot { get; }

    /// <summary>Opens a mount point.</summary>
    /// <param name="path">Its path.</param>
    /// <param name="problem">Why it cannot be opened, as the rest of a sentence.</param>
    /// <returns>The mount; null if there is none: a directory of a file system must never stand for all of it.</returns>
    public static FreezableMount? TryOpen(string path, out string problem)
    {
        SafeFileHandle handle = QuiesceLibc.Open(path);
        if (handle.IsInvalid)
        {
            problem = "cannot be opened: " + new Win32Exception(Marshal.GetLastPInvokeError()).Message;
            handle.Dispose();
            return null;
        }

        string descriptor = ((int)handle.DangerousGetHandle()).ToString(CultureInfo.InvariantCulture);
        string? resolved = new FileInfo("/proc/self/fd/" + descriptor).LinkTarget;
        string? mountId = File.ReadLines("/proc/self/fdinfo/" + descriptor).FirstOrDefault(line => line.StartsWith("mnt_id:", StringComparison.Ordinal))?[7..].Trim();
        string? device = null;
        string? rootDevice = null;
        foreach (string line in File.ReadLines("/proc/self/mountinfo"))
        {
            // id, parent, device, root in the file system, mount point, …
            string[] fields = line.Split(' ');
            if (fields.Length > 4)
            {
                string mountPoint = Unescape(fields[4]);
                rootDevice = mountPoint == "/" ? fields[2] : rootDevice;
                device = fields[0] == mountId && mountPoint == resolved ? fields[2] : device;
            }
        }

        if (device is null)
        {
            problem = "is not a mount point";
            handle.Dispose();
            return null;
        }

        problem = "";
        return new FreezableMount(path, handle, device, device == rootDevice);
    }

    /// <inheritdoc/>
    public void Dispose() => Handle.Dispose();

    private static string Unescape(string field)
    {
        if (!field.Contains('\\', StringComparison.Ordinal))
        {
            return field;
        }

        // Spaces, tabs, line ends and backslashes are written as three octal digits.
        var text = new StringBuilder(field.Length);
        for (int i = 0; i < field.Length; i++)
        {
            if (field[i] == '\\' && i + 3 < field.Length)
            {
                text.Append((char)(((field[i + 1] - '0') << 6) | ((field[i + 2] - '0') << 3) | (field[i + 3] - '0')));
                i += 3;
            }
            else
            {
                text.Append(field[i]);
            }
        }

        return text.ToString();
    }
}
