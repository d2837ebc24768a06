namespace Waybill.Catalog.Tests.Pages;

/// <summary>Pages as a browser shows them: facts of the layout, not pixels.</summary>
public sealed class PageLayoutTests
{
    // Text and what is really behind it, by the rule of WCAG; colours of the page are opaque.
    private const string LowContrast =
        """
        (() => {
          const rgb = text => text.match(/[\d.]+/g).map(Number);
          const light = c => { const [r, g, b] = c.slice(0, 3).map(v => (v /= 255) <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4); return 0.2126 * r + 0.7152 * g + 0.0722 * b; };
          const ground = e => { for (; e; e = e.parentElement) { const c = rgb(getComputedStyle(e).backgroundColor); if (c.length < 4 || c[3] > 0) return c; } return [255, 255, 255]; };
          const bad = [];
          const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
          for (let n = walker.nextNode(); n; n = walker.nextNode()) {
            const e = n.parentElement;
            if (!n.data.trim() || e.tagName === 'title' || e.tagName === 'TITLE' || !e.getClientRects().length) continue;
            const style = getComputedStyle(e);
            const [a, b] = [light(rgb(e instanceof SVGElement ? style.fill : style.color)), light(ground(e))];
            const contrast = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
            if (contrast < 4.5) bad.push(`${contrast.toFixed(2)} ${n.data.trim().slice(0, 40)}`);
          }
          return bad.join('; ');
        })()
        """;

    private const string OutsideOfTrack =
        """
        [...document.querySelectorAll('.row .track')].flatMap(track => {
          const box = track.getBoundingClientRect();
          return [...track.querySelectorAll('circle, path, rect, line, text')].map(e => e.getBoundingClientRect())
            .filter(r => r.width + r.height > 0 && (r.left < box.left - 1 || r.right > box.right + 1)).map(r => `${r.left}-${r.right} in ${box.left}-${box.right}`);
        }).join('; ')
        """;

    private const string Overlapping =
        """
        [...document.querySelectorAll('.row:not(.scale)')].filter(row => {
          const [label, track] = [...row.children].map(e => e.getBoundingClientRect());
          return label.right > track.left + 1 && label.bottom > track.top + 1;
        }).length + [...document.querySelectorAll('.scale text')].filter(e => e.getClientRects().length).filter((e, i, all) => i > 0 && e.getBoundingClientRect().left < all[i - 1].getBoundingClientRect().right + 4).length + ''
        """;

    private const string Smallest = "Math.min(...[...document.querySelectorAll('body *')].filter(e => e.getClientRects().length && [...e.childNodes].some(n => n.nodeType === 3 && n.data.trim())).map(e => parseFloat(getComputedStyle(e).fontSize))) + ''";

    private const string Unnamed =
        """
        [...document.querySelectorAll('svg')].filter(e => e.closest('[aria-hidden=true]') === null && e.parentElement.closest('svg') === null && !e.getAttribute('aria-label')).length
        + [...document.querySelectorAll('th')].filter(e => e.scope !== 'col').length + (document.querySelectorAll('h1').length - 1) + (document.documentElement.lang === 'en' && document.title ? 0 : 1) + ''
        """;

    [SkippableFact]
    public async Task Pages_AreReadable_OnPhoneAndWall_ByDayAndNight()
    {
        await using CatalogLab lab = await CatalogLab.CreateAsync();
        await MakeLivesAsync(lab);
        string life = lab["life.html"];
        string report = lab["report.html"];
        await File.WriteAllTextAsync(life, CatalogPages.Timeline(await lab.LifeAsync(Shop.Id), lab.Time.GetUtcNow()));
        await File.WriteAllTextAsync(report, CatalogPages.Report(await CatalogOverview.ReadAsync(lab.Catalog), lab.Time.GetUtcNow()));
        await using Browser browser = await Browser.StartAsync();
        var pictures = new HashSet<string>();

        foreach (string page in new[] { life, report })
        {
            foreach ((int width, int height, double leastText) in new[] { (360, 740, 12.0), (1280, 800, 12.0), (3840, 2160, 20.0) })
            {
                foreach (bool dark in new[] { false, true })
                {
                    await browser.OpenAsync(page, width, height, dark);
                    string where = $"{Path.GetFileName(page)} {width}x{height} {(dark ? "dark" : "light")}";

                    Assert.True(await browser.AskAsync("document.documentElement.scrollWidth <= innerWidth ? 'fits' : document.documentElement.scrollWidth + ''") == "fits", $"{where} is wider than the screen");
                    Assert.Equal($"{where}: ", $"{where}: {await browser.AskAsync(LowContrast)}");
                    Assert.Equal($"{where}: ", $"{where}: {await browser.AskAsync(OutsideOfTrack)}");
                    Assert.Equal($"{where}: 0", $"{where}: {await browser.AskAsync(Overlapping)}");
                    Assert.Equal($"{where}: 0", $"{where}: {await browser.AskAsync(Unnamed)}");
                    Assert.InRange(double.Parse(await browser.AskAsync(Smallest), System.Globalization.CultureInfo.InvariantCulture), leastText, 100);
                    Assert.Equal(new Uri(page).AbsoluteUri, Assert.Single(browser.Requests));
                    Assert.True(pictures.Add(Convert.ToHexString(System.Security.Cryptography.SHA256.HashData(await browser.PictureAsync()))), $"{where} looks like another one");
                }
            }
        }

        // On a wall text is larger than on a desk.
        await browser.OpenAsync(life, 3840, 2160, dark: false);
        Assert.InRange(double.Parse(await browser.AskAsync("parseFloat(getComputedStyle(document.body).fontSize) + ''"), System.Globalization.CultureInfo.InvariantCulture), 24, 40);
    }

    [Fact]
    public async Task Timeline_DrawsEveryPointPlaceAndGap()
    {
        await using CatalogLab lab = await CatalogLab.CreateAsync();
        await MakeLivesAsync(lab);
        CatalogLife life = await lab.LifeAsync(Shop.Id);

        string page = CatalogPages.Timeline(life, lab.Time.GetUtcNow());

        foreach ((string mark, ChainState state) in new[] { ("<circle class=\"complete\"", ChainState.Complete), ("<path class=\"parent-missing\"", ChainState.ParentMissing), ("<circle class=\"gone\"", ChainState.Gone) })
        {
            // One more of each is in the legend.
            Assert.Equal(life.Points.Count(point => point.Chain == state) + 1, page.Split(mark).Length - 1);
        }

        Assert.Equal(life.Gaps.Length + 1, page.Split("<rect class=\"gap\"").Length - 1);
        Assert.NotEmpty(life.Gaps);
        Assert.Contains("dr/store", page, StringComparison.Ordinal);
        Assert.Contains("array:lun-77", page, StringComparison.Ordinal);
        Assert.Contains("default-src 'none'", page, StringComparison.Ordinal);
    }

    private static async Task MakeLivesAsync(CatalogLab lab)
    {
        await Shop.WriteLifeAsync(lab);
        for (int day = 4; day < 9; day++)
        {
            await (Shop.Full(day) with { Seed = day, Files = [], Name = "store-front", Tags = [Tag.User("a-tag-with-a-very-long-key-that-has-no-place-to-break", new string('x', 200))] }).WriteAsync(lab[$"full-{day}.waybill"]);
        }

        await (Shop.Full(2) with { Application = AppId.New(), Name = "\u05E9\u05DC\u05D5\u05DD-\u4F60\u597D\u202Eevil<b>" }).WriteAsync(lab["foreign.waybill"]);
        await lab.ScanAsync();
        File.Delete(lab["shop-2.waybill"]);
        await lab.ScanAsync();
    }
}
