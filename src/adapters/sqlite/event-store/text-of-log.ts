// A UUID from its bytes, as `idOfBytes` makes it; what is no UUID comes out as its hexadecimal digits.
const DIGITS = ['1, 4', '5, 2', '7, 2', '9, 2', '11'].map((part) => `hex(substr(e.id, ${part}))`).join(', ');
const ID = `lower(iif(length(e.id) = 16, concat_ws('-', ${DIGITS}), hex(e.id)))`;
const POSITION = "substr('00000000000000000000' || e.position, -20)";

/**
 * So many events after a position as one text, in the lines of `LogText`, and their number. `LogText` checks the order, which an
 * aggregate function need not keep. The text is read as a blob: see `textOfBytes`.
 */
export const TEXT_OF_LOG = `
  select cast(group_concat(event || char(10), '') as blob), count(*) from (
    select concat_ws(char(10), ${POSITION}, s.name, e.revision, ${ID}, e.type, e.data, e.metadata) as event
    from events e cross join streams s on s.id = e.stream_id where e.position > ? order by e.position limit ?)`;
