using System.Text;
using Waybill.Catalog.Storage;

namespace Waybill.Catalog.Tests.Storage;

public class ImageNamesTests
{
    [Theory]
    [InlineData("containers:\n- image: nginx:1.27\n  name: a", "nginx:1.27")]
    [InlineData("- name: a\n  image: \"registry/x@sha256:ab\" # comment", "registry/x@sha256:ab")]
    [InlineData("""{"containers":[{"image":"a/b:c","name":"x"},{"image": "d"}]}""", "a/b:c d")]
    [InlineData("{name: x, image: 'q:1'}", "q:1")]
    [InlineData("imagePullPolicy: Always\nmyimage: no\nimage:\n", "")]
    [InlineData("image", "")]
    [InlineData("", "")]
    public void Find_ReadsWhatStandsBehindTheKey(string definition, string expected)
    {
        Assert.Equal(expected, string.Join(' ', ImageNames.Find(Encoding.UTF8.GetBytes(definition))));
    }

    [Fact]
    public void Find_OfAnyBytes_Ends()
    {
        byte[] noise = new byte[100_000];
        new Random(1).NextBytes(noise);

        Assert.Empty(ImageNames.Find(noise));
        Assert.Single(ImageNames.Find(Encoding.UTF8.GetBytes(string.Concat(Enumerable.Repeat("image: x ", 10_000)))));
    }
}
