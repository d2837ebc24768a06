namespace Waybill.Repository.Tests.Api;

public sealed class ApiDumpTests
{
    [Fact]
    public void Of_EveryShapeOfDeclaration_ReadsLikeItsSource()
    {
        Type[] types = [.. typeof(Shapes.Extensions).Assembly.GetTypes().Where(type => type.Namespace == typeof(Shapes.Extensions).Namespace)];

        Assert.Equal(
            """
            namespace Waybill.Repository.Tests.Api.Shapes

            public abstract class Base<T> : IEnumerable<T> where T : class, IDisposable, new()
                protected Base(params string[] names)
                public string? this[int index] { get; protected set; }
                public required string Name { get; init; }
                public event EventHandler? Closed
                public abstract IEnumerator<T?> GetEnumerator()
                protected static bool TryFind(string name, out string? found, in long hint, ref int count)
                public virtual Task<string?[]> WaitAsync(int? limit = null, bool fair = true, CancellationToken cancellationToken = default)

            public delegate void Callback(ReadOnlySpan<byte> data)

            public flags enum Choice : byte
                None = 0
                Some = 2

            public static class Extensions
                public static readonly int Limit
                public const string Prefix = "wb"
                [Experimental("WBX1")] public static int Twice(this int number, Choice choice = Choice.Some)

            public interface ISource<out T> : IDisposable
                public T Value { get; }
                public virtual void Refresh()

            public readonly record struct Point
                public Point(int X)
                public int X { get; init; }

            """,
            ApiDump.Of(types),
            ignoreLineEndingDifferences: true);
    }

    [Fact]
    public void TypesInSignatures_NestedInGenericsAndArrays_AreFound()
    {
        ApiTypeUse[] uses = [.. ApiSurface.TypesInSignatures(typeof(Waybill.ByteRange).Assembly)];

        Assert.Contains(uses, use => use.Member == "Waybill.BlockReader.GetDataRangesAsync" && use.Type == typeof(Waybill.ByteRange));
        Assert.Contains(uses, use => use.Member == "Waybill.Digest.ToByteArray" && use.Type == typeof(byte));
    }
}
