// The label config that is shown and handed out to begin with: the tutorial's four topics of news.
export const sampleConfig = `<View>
  <Text name="news" value="$text"/>
  <Choices name="topic" toName="news" choice="single">
    <Choice value="World"/>
    <Choice value="Sports"/>
    <Choice value="Business"/>
    <Choice value="Sci/Tech"/>
  </Choices>
</View>`;
