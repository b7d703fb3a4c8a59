"""Who may do what: every address of the site, asked by everybody in every way.

In table/, below each address stand people who get the same answers, and those answers: a status, `in` for "sign in
first", `re` for "this page is old, load it again". Every address of the site must be in one of its files; a test that
finds other answers prints them as rows. The admin is one group, with tests of its own.

    owner    owns the video, the result and the upload that the address names
    full     is the owner, with nothing left of the quota
    other    owns nothing of it
    staff    looks after the site, and owns nothing of it
    blocked  is the owner, with the session of the time before the account was blocked

Two more come without an account. Where no row names them, they get what anonymous gets.

    share-link    has a link to the result, and has given its password; the others know the link without the password
    expired-link  has given the password of a link that is over
"""
