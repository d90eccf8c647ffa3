use std::borrow::Cow;
pub fn terminal(t:&str)->Cow<'_,str>{Cow::Borrowed(t)}
pub fn terminal_lines(t:&str)->Cow<'_,str>{Cow::Borrowed(t)}
