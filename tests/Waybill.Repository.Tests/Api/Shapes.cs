using System.Collections;
using System.Diagnostics.CodeAnalysis;

// One of each shape that a public declaration can have, for ApiDumpTests.
namespace Waybill.Repository.Tests.Api.Shapes;

public delegate void Callback(ReadOnlySpan<byte> data);

[Flags]
public enum Choice : byte
{
    None = 0,
    Some = 2,
}

public interface ISource<out T> : IDisposable
{
    T Value { get; }

    void Refresh()
    {
    }
}

public readonly record struct Point(int X);

public static class Extensions
{
    public const string Prefix = "wb";
    public static readonly int Limit = Prefix.Length;

    [Experimental("WBX1")]
    public static int Twice(this int number, Choice choice = Choice.Some) => choice == Choice.Some ? 2 * number : number;
}

[SuppressMessage("Naming", "CA1710", Justification = "Shape matters here, not naming.")]
public abstract class Base<T> : IEnumerable<T?>
    where T : class, IDisposable, new()
{
    private string? _last;

    protected Base(params string[] names) => _last = names.LastOrDefault();

    public event EventHandler? Closed;

    public required string Name { get; init; }

    public string? this[int index]
    {
        get => index == 0 ? _last : null;
        protected set => _last = value;
    }

    public abstract IEnumerator<T?> GetEnumerator();

    public virtual Task<string?[]> WaitAsync(int? limit = null, bool fair = true, CancellationToken cancellationToken = default)
    {
        Closed?.Invoke(this, EventArgs.Empty);
        return Task.FromResult<string?[]>([Name, _last]);
    }

    protected static bool TryFind(string name, out string? found, in long hint, ref int count)
    {
        found = hint > count++ ? name : null;
        return found is not null;
    }

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
}
