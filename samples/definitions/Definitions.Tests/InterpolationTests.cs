using Waybill.Samples.Definitions.Compose;

namespace Waybill.Samples.Definitions.Tests;

public sealed class InterpolationTests
{
    /// <summary>The table of the Compose specification, with A set, E set to nothing and N not set.</summary>
    [Theory]
    [InlineData("$A", "a")]
    [InlineData("${A}", "a")]
    [InlineData("x${A}y$A.z", "xaya.z")]
    [InlineData("$$A", "$A")]
    [InlineData("$${A}", "${A}")]
    [InlineData("${N:-d}", "d")]
    [InlineData("${E:-d}", "d")]
    [InlineData("${A:-d}", "a")]
    [InlineData("${N-d}", "d")]
    [InlineData("${E-d}", "")]
    [InlineData("${A:+w}", "w")]
    [InlineData("${E:+w}", "")]
    [InlineData("${E+w}", "w")]
    [InlineData("${N+w}", "")]
    [InlineData("${A:?needed}", "a")]
    [InlineData("${N:-${A}}", "a")]
    [InlineData("${N:-${E:-x}-y}", "x-y")]
    [InlineData("${N:-}", "")]
    [InlineData("no variable", "no variable")]
    public void Expand_FollowsTheSpecification(string text, string expected)
    {
        Interpolated result = Interpolation.Expand(text, Lookup);

        Assert.Equal(expected, result.Text);
        Assert.Empty(result.Missing);
    }

    [Theory]
    [InlineData("$N")]
    [InlineData("${N}")]
    [InlineData("${N:?needed}")]
    [InlineData("${N?needed}")]
    [InlineData("${E:?needed}", "E")]
    [InlineData("${A:+${N}}")]
    public void Expand_OfAVariableWithoutAValue_NamesIt(string text, string name = "N") =>
        Assert.Equal([name], Interpolation.Expand(text, Lookup).Missing);

    [Theory]
    [InlineData("$")]
    [InlineData("$1")]
    [InlineData("${")]
    [InlineData("${}")]
    [InlineData("${A")]
    [InlineData("${A!b}")]
    [InlineData("${A:-${B}")]
    [InlineData("${1A}")]
    public void Expand_OfWhatIsNoVariable_IsRefused(string text) => Assert.Throws<FormatException>(() => Interpolation.Expand(text, Lookup));

    [Fact]
    public void Expand_OfEndlessNesting_IsRefused() =>
        Assert.Throws<FormatException>(() => Interpolation.Expand(string.Concat(Enumerable.Repeat("${N:-", 1000)) + new string('}', 1000), Lookup));

    private static string? Lookup(string name) => name switch
    {
        "A" => "a",
        "E" => "",
        _ => null,
    };
}
