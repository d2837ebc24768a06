using System.Runtime.InteropServices;

namespace Waybill.Cli.Terminal;

/// <summary>
/// The terminal at standard input while a secret is typed: bytes as they come, nothing shown. Disposing it puts the terminal back as it was; so do the signals that stop or end
/// the process without it.
/// </summary>
internal sealed partial class HiddenInput : IDisposable
{
    private const int Descriptor = 0;
    private const int Now = 0;
    private const int Interrupted = 4;

    private readonly Lock _lock = new();
    private readonly TerminalSettings _before;
    private readonly TerminalSettings _hidden;
    private PosixSignalRegistration[] _registrations = [];
    private bool _isOver;

    private HiddenInput(TerminalSettings before)
    {
        _before = before;
        _hidden = before.ForSecrets();
    }

    /// <summary>Begins.</summary>
    /// <returns>The input; null if this system's terminals are not known here.</returns>
    public static unsafe HiddenInput? TryBegin()
    {
        if (!OperatingSystem.IsLinux() || !TerminalSettings.IsKnown)
        {
            return null;
        }

        TerminalSettings settings;
        if (GetSettings(Descriptor, &settings) != 0)
        {
            return null;
        }

        var input = new HiddenInput(settings);
        input._registrations =
        [
            PosixSignalRegistration.Create(PosixSignal.SIGTSTP, _ => input.Apply(input._before)),
            PosixSignalRegistration.Create(PosixSignal.SIGQUIT, _ => input.Apply(input._before)),
            PosixSignalRegistration.Create(PosixSignal.SIGCONT, _ => input.Apply(input._hidden)),
        ];
        input.Apply(input._hidden);
        return input;
    }

    /// <summary>Reads one line. Bytes behind it stay for the next one.</summary>
    /// <returns>What was typed; whoever asked clears it.</returns>
    public static unsafe char[] ReadLine()
    {
        using var line = new TypedLine();
        byte typed;
        while (true)
        {
            nint count = Read(Descriptor, &typed, 1);
            if (count == 1)
            {
                if (line.Add(typed))
                {
                    return line.ToCharacters();
                }
            }
            else if (count == 0 || Marshal.GetLastPInvokeError() != Interrupted)
            {
                throw new ProviderException(WaybillErrorCode.SourceReadFailed, "terminal", "The terminal was closed before the line was typed to its end");
            }
        }
    }

    public void Dispose()
    {
        lock (_lock)
        {
            if (!_isOver)
            {
                Apply(_before);
                _isOver = true;
            }
        }

        foreach (PosixSignalRegistration registration in _registrations)
        {
            registration.Dispose();
        }
    }

    private unsafe void Apply(TerminalSettings settings)
    {
        lock (_lock)
        {
            if (!_isOver)
            {
                // A terminal that has gone cannot be put back, and nobody sees it.
                _ = SetSettings(Descriptor, Now, &settings);
            }
        }
    }

    [LibraryImport("libc", EntryPoint = "tcgetattr", SetLastError = true)]
    private static unsafe partial int GetSettings(int descriptor, TerminalSettings* settings);

    [LibraryImport("libc", EntryPoint = "tcsetattr", SetLastError = true)]
    private static unsafe partial int SetSettings(int descriptor, int when, TerminalSettings* settings);

    [LibraryImport("libc", EntryPoint = "read", SetLastError = true)]
    private static unsafe partial nint Read(int descriptor, byte* buffer, nint count);
}
