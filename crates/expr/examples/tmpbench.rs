use std::time::Instant;
fn main() {
    let ctx: serde_json::Value =
        serde_json::from_str(&std::fs::read_to_string("/tmp/squall/ctx.json").unwrap()).unwrap();
    let w = expr::document::Recorded::among(&ctx);
    let mut context = expr::document::Context::new(&ctx);
    context.workflow = Some(&w);
    context.again = true;
    for e in [
        "<% ctx().n %>",
        "<% ctx().d.b.c[0] %>",
        "<% ctx().n + 1 %>",
        "<% ctx().n > 5 and ctx().s = hello %>",
        "<% succeeded() and result().code = 0 %>",
        "<% ctx().vms.where($.state = on).select($.name) %>",
        "<% ctx().l.sum() %>",
        "x <% ctx().s %> y <% ctx().n %>",
        "<% ctx().vms.groupBy($.state, $.cpu, $.sum()) %>",
        "<% switch(ctx().n > 5 => big, true => small) %>",
        "<% ctx().kv.items().orderBy($[1]).select($[0]) %>",
        "<% ctx().s.toUpper() + '!' %>",
        "{{ ctx().n }}",
        "{{ ctx().vms | selectattr('state','eq','on') | map(attribute='name') | list }}",
        "<% ctx() %>",
        "<% range(1000).select($ * 2).sum() %>",
        "<% regex('l+').replace(ctx().s, 'L') %>",
    ] {
        let v = serde_json::json!(e);
        let n = 20000;
        let n = if e.contains("1000") { 200 } else { n };
        for _ in 0..10 {
            expr::document::evaluate(&v, &context).unwrap();
        }
        let t = Instant::now();
        for _ in 0..n {
            std::hint::black_box(expr::document::evaluate(&v, &context).unwrap());
        }
        println!("{:>9.2} us  {}", t.elapsed().as_secs_f64() * 1e6 / n as f64, e);
    }
}
